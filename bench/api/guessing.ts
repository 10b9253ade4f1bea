// Does the time a wrong key takes tell how much of it is right? Keys that share all but the last character with the right
// one, against keys that share nothing, in pairs (after dudect, https://eprint.iacr.org/2016/1123).

import { randomBytes } from 'node:crypto';
import { createAccess } from '../../src/compose/api-access.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Figure, percentile } from '../figure.ts';
import { createPlace } from './server.ts';

const SAMPLES = 20_000;
const WARM_UP = 5_000;

export async function guessingFigures(): Promise<Figure[]> {
  const place = createPlace();
  const right = randomBytes(32).toString('hex');
  const config = await loadConfig({ environment: { ...place.env, FLOWFORGE_API_KEY: right } });
  const access = createAccess(config);
  const almost = right.slice(0, -1) + (right.endsWith('0') ? '1' : '0');
  // All made beforehand and in the same way: how a text came about is seen in the time it takes, too.
  const copy = (text: string): string => Buffer.from(text).toString('latin1');
  const guesses = Array.from({ length: WARM_UP + SAMPLES }, () => {
    const isNearFirst = (randomBytes(1)[0] ?? 0) % 2 === 0;
    const random = randomBytes(32).toString('hex');
    const [first, second] = [
      copy(isNearFirst ? almost : random),
      copy(isNearFirst ? random : almost),
    ];
    return { first, second, isNearFirst };
  });
  const measure = (secret: string): number => {
    const began = process.hrtime.bigint();
    const caller = access.authenticate(secret);
    const tookNs = Number(process.hrtime.bigint() - began);
    if (caller) throw new Error('a wrong key was taken for a right one');
    return tookNs;
  };
  const measured = guesses.map(({ first, second, isNearFirst }) => {
    const [one, other] = [measure(first), measure(second)];
    return isNearFirst ? { near: one, far: other } : { near: other, far: one };
  });
  const counted = measured.slice(WARM_UP);
  const times = { near: counted.map(({ near }) => near), far: counted.map(({ far }) => far) };
  access.close();
  place.remove();
  return [
    {
      name: `${SAMPLES.toLocaleString('en')} keys all but right against as many random ones, |t| of the time`,
      value: Math.abs(pairedT(times.near, times.far)),
      unit: '',
      must: { atMost: 4.5 },
      beside: `median ${percentile(times.near, 0.5) / 1000} µs and ${percentile(times.far, 0.5) / 1000} µs`,
    },
  ];
}

/** Student's t of the differences within pairs that nothing interrupted: the slowest twentieth of all is left out. */
function pairedT(near: readonly number[], far: readonly number[]): number {
  const most = percentile([...near, ...far], 0.95);
  const differences = near.flatMap((time, n) => {
    const beside = far[n] ?? Number.POSITIVE_INFINITY;
    return time <= most && beside <= most ? [time - beside] : [];
  });
  const mean = meanOf(differences);
  const variance = meanOf(differences.map((value) => (value - mean) ** 2));
  return mean / Math.sqrt(variance / differences.length);
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((all, value) => all + value, 0) / values.length;

// Synthetic healthy work. Its CPU is assumed.

import { file, type Story, start, WORDS } from './story.ts';

export const HEALTHY: Readonly<Record<string, Story>> = {
  epochs: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const epochs = chance.pick([10, 100, 1000]);
      const pause = chance.pick([0.05, 0.5, 3]);
      let loss = 2.5;
      for (let epoch = 1; epoch <= Math.min(epochs, 400); epoch++) {
        tape.wait(pause);
        loss = loss * 0.995 + chance.next() * 0.02;
        tape.say(
          `Epoch ${epoch}/${epochs} - loss: ${loss.toFixed(4)} - acc: ${(1 - loss / 3).toFixed(4)} - ${Math.floor(pause * 1000)}ms/step`,
        );
        if (epoch % 10 === 0)
          tape.say(`  val_loss=${(loss * 1.05).toFixed(4)} saved checkpoint ckpt_${epoch}.pt`);
      }
      return 100;
    },
  },
  heartbeat: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([1, 5, 30]);
      const stamped = chance.next() < 0.5;
      while (tape.now < 600) {
        tape.wait(pause);
        tape.say(stamped ? `${tape.stamp()} INFO heartbeat ok queue=0` : 'heartbeat: alive');
      }
      return chance.pick([1, 100]);
    },
  },
  compile: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 3);
      const files = chance.pick([80, 600, 2500]);
      const style = chance.below(3);
      for (let i = 1; i <= files; i++) {
        tape.wait(0.02 + chance.next() * 0.2);
        const name = file(chance);
        if (style === 0) tape.say(`[${i}/${files}] Building CXX object ${name}.o`);
        else if (style === 1)
          tape.say(
            `   Compiling ${chance.pick(WORDS)}-${chance.pick(WORDS)} v${chance.below(9)}.${chance.below(20)}.${chance.below(9)}`,
          );
        else tape.say(`  CC      ${name}`);
      }
      return 100;
    },
  },
  'bulk copy': {
    kind: 'healthy',
    split: 'validation',
    tell(chance, tape) {
      start(chance, tape, 3);
      const style = chance.below(3);
      for (let i = 0; i < chance.pick([500, 5000]); i++) {
        tape.wait(0.005 + chance.next() * 0.02);
        const part = String(i).padStart(6, '0');
        if (style === 0) tape.say(`copied shard_${part}.jsonl`);
        else if (style === 1)
          tape.say(
            `sending incremental file list data/${chance.hex(12)}.bin ${chance.below(1e6)} bytes`,
          );
        else
          tape.say(
            `Moved: /app/data/part-${part}.parquet -> /out/${chance.hex(6)}/part-${part}.parquet`,
          );
      }
      return chance.pick([30, 100]);
    },
  },
  'many lint errors': {
    kind: 'healthy',
    split: 'validation',
    tell(chance, tape) {
      start(chance, tape, 3);
      for (let i = 0; i < chance.pick([100, 1500]); i++) {
        tape.wait(0.003 + chance.next() * 0.01);
        const what = chance.pick([
          "Cannot find name 'foo'.",
          "Type 'string' is not assignable to type 'number'.",
        ]);
        tape.say(
          `${file(chance)}(${chance.below(900)},${chance.below(80)}): error TS${chance.pick([2304, 2322, 2345])}: ${what}`,
        );
      }
      return 100;
    },
  },
  'access log': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      const rate = chance.pick([2, 50, 400]);
      const routes = Array.from(
        { length: chance.pick([3, 12]) },
        () => `/${chance.pick(WORDS)}/${chance.pick(WORDS)}`,
      );
      for (let i = 0; i < Math.min(8000, rate * 120); i++) {
        tape.wait(-Math.log(1 - chance.next()) / rate);
        tape.say(
          `10.${chance.below(9)}.3.${chance.below(250)} - - [${tape.stamp()}] "GET ${chance.pick(routes)}?id=${chance.below(1e5)} HTTP/1.1" ${chance.pick([200, 200, 200, 304, 404, 500])} ${chance.below(9000)}`,
        );
      }
      return chance.pick([10, 100]);
    },
  },
  'verbose tests': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const tests = chance.pick([100, 1500]);
      for (let i = 0; i < tests; i++) {
        tape.wait(0.01 + chance.next() * 0.2);
        const verdict = chance.next() < 0.02 ? 'FAILED' : 'PASSED';
        tape.say(
          `tests/test_${chance.pick(WORDS)}.py::test_${chance.pick(WORDS)}_${chance.pick(WORDS)}[${chance.below(20)}] ${verdict} [${String(Math.floor((i / tests) * 100)).padStart(3)}%]`,
        );
      }
      return 100;
    },
  },
  'redrawn bar': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const total = chance.pick([100, 2000]);
      for (let i = 0; i <= total; i++) {
        tape.wait(0.05 + chance.next() * 0.1);
        tape.say(
          `${String(Math.floor((i / total) * 100)).padStart(3)}%|${'#'.repeat((i / total) * 10)}| ${i}/${total} [${(20 + chance.next()).toFixed(2)}it/s]`,
          true,
        );
      }
      return 100;
    },
  },
  'flaky downloads': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      for (let i = 0; i < 40; i++) {
        for (let attempt = 1; attempt <= chance.below(4); attempt++) {
          tape.wait(2 ** attempt * 0.5);
          tape.say(
            `WARN download of ${chance.pick(WORDS)}.tar.gz failed (attempt ${attempt}/5), retrying in ${2 ** attempt}s`,
          );
        }
        tape.wait(2 + chance.next() * 3);
        tape.say(
          `downloaded ${chance.pick(WORDS)}-${chance.pick(WORDS)}.tar.gz (${chance.below(90)} MB)`,
        );
      }
      return 20;
    },
  },
  simulation: {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      let energy = -100;
      for (let i = 0; i < 600; i++) {
        tape.wait(0.3);
        energy += chance.next() - 0.6;
        tape.say(
          `iter ${String(i * 100).padStart(8, '0')} energy ${energy.toFixed(6)} temp ${(300 + chance.next() * 5).toFixed(2)} press ${(1 + chance.next() * 0.1).toFixed(4)}`,
        );
      }
      return 100;
    },
  },
  'dots of tests': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const files = chance.pick([10, 60]);
      for (let i = 0; i < files; i++) {
        tape.wait(1 + chance.next() * 3);
        tape.say(
          `tests/test_${chance.pick(WORDS)}_${chance.pick(WORDS)}.py ${'.'.repeat(5 + chance.below(60))} [ ${Math.min(99, Math.floor((100 * i) / files))}%]`,
        );
      }
      return 100;
    },
  },
};

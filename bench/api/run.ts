// npm run bench:api [-- --json] [-- --events <n>] [-- --seconds <n>] [-- --idle <n>]: what the API reaches, as a Markdown
// table or as JSON. Fails when a figure is not what it must be.

import { type Figure, isReached, tableOf } from '../figure.ts';
import { followFigures } from './follow.ts';
import { guessingFigures } from './guessing.ts';
import { scaleFigures } from './scale.ts';
import { siegeFigures } from './siege.ts';

function given(flag: string, byDefault: number): number {
  const at = process.argv.indexOf(flag);
  return at === -1 ? byDefault : Number(process.argv[at + 1]);
}

const figures: readonly Figure[] = [
  ...(await scaleFigures(given('--events', 1_000_000))),
  ...(await followFigures(given('--seconds', 60))),
  ...(await siegeFigures(given('--idle', 8_000))),
  ...(await guessingFigures()),
];
process.stdout.write(
  process.argv.includes('--json') ? `${JSON.stringify(figures, null, 1)}\n` : tableOf(figures),
);
if (!figures.every(isReached)) process.exitCode = 1;

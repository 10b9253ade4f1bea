// npm run bench:evidence [-- --json] [-- --events <n>]: what the evidence reaches, as a Markdown table or as JSON.
// Fails when a figure is not what it must be.

import { type Figure, isReached, tableOf } from '../figure.ts';
import { redactionFigures } from './redaction.ts';
import { storeFigures } from './store.ts';

const at = process.argv.indexOf('--events');
const eventCount = at === -1 ? 1_000_000 : Number(process.argv[at + 1]);
const figures: readonly Figure[] = [...redactionFigures(), ...(await storeFigures(eventCount))];
process.stdout.write(
  process.argv.includes('--json') ? `${JSON.stringify(figures, null, 1)}\n` : tableOf(figures),
);
if (!figures.every(isReached)) process.exitCode = 1;

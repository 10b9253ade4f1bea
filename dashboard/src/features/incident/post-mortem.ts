// The incident as Markdown, to be pasted where people talk about it. Nothing of a command becomes markup.

import type { Incident } from '../../../../src/contract/incident.ts';
import type { Run } from '../../../../src/contract/run.ts';
import type { TimelineItem } from '../../../../src/contract/timeline.ts';
import { plainText } from '../../ui/ansi.ts';
import { commandLine } from '../../ui/command-line.ts';
import { decisionsOf, deedsOf } from '../../wire/facts.ts';
import { verdictSentence } from './verdict.ts';

export function postMortem(
  incident: Incident,
  run: Run | null,
  chain: readonly TimelineItem[],
): string {
  const deeds = deedsOf(chain);
  const lines = decisionsOf(chain).findLast(({ ruleId }) => ruleId !== null)?.sampleLines ?? [];
  return [
    `# ${inline(incident.title)}: ${incident.incident_id}`,
    inline(verdictSentence(incident, deeds)),
    `- Command: ${run ? code(commandLine(run.argv)) : 'unknown'}`,
    `- Opened: ${incident.opened_at}, closed: ${incident.closed_at ?? 'still open'}`,
    `- Reason: ${incident.exit_reason}, rule: ${incident.rule ?? 'none'}`,
    ...(lines.length > 0
      ? ['', 'Lines:', '', ...lines.map((line) => `    ${plainText(line)}`)]
      : []),
    '',
    '## Timeline',
    '',
    ...chain.map(
      ({ timestamp, title, summary }) => `- ${timestamp} ${inline(title)}: ${inline(summary)}`,
    ),
    '',
    '## What we learn from it',
    '',
  ].join('\n');
}

const inline = (text: string): string => plainText(text).replace(/[\\`*_[\]<>|~#]/g, '\\$&');

const code = (text: string): string => `\`\` ${plainText(text).replaceAll('``', '` `')} \`\``;

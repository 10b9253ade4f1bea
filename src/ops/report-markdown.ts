// A report as Markdown. Everything that came from a command is put where it cannot become markup.

import { toTimestamp } from '../core/time.ts';
import { bytes, headline, type ReportFacts, round } from './report-facts.ts';

export function toMarkdown(facts: ReportFacts): string {
  const { incident } = facts;
  return [
    `# ${inline(incident.title)}: ${incident.id}`,
    inline(incident.reason),
    table(
      ['', ''],
      headline(facts).map(([name, value]) => [name, value]),
    ),
    '## Why',
    ...why(facts),
    '## What was done',
    ...done(facts),
    '## The tree before the action',
    ...tree(facts),
    '## Last output',
    ...output(facts),
    '## Timeline',
    table(
      ['Time', 'What', 'Summary'],
      facts.timeline.map(({ timestamp, title, summary }) => [timestamp, title, summary]),
    ),
    `Made by FlowForge at ${toTimestamp(facts.generatedAt)} from ${facts.timeline.length} events and ${facts.samples.length} readings.`,
    '',
  ].join('\n\n');
}

function why({ decisions }: ReportFacts): string[] {
  const decision = decisions.at(-1)?.payload;
  if (!decision) return ['No decision of a detector led to this incident.'];
  const { reason, intended, applied, suppressedBy, contributions, evidence } = decision;
  const held = suppressedBy === null ? '' : `, held back by ${suppressedBy}`;
  const rows = contributions.map(({ indicator, value, nats }) => [
    indicator,
    round(value),
    round(nats),
  ]);
  return [
    `${inline(reason)}. Intended: ${intended}, applied: ${applied}${held}.`,
    ...(rows.length > 0 ? [table(['Indicator', 'Value', 'Nats per tick'], rows)] : []),
    ...(evidence.sampleLines?.length ? ['Lines of the loop:', code(evidence.sampleLines)] : []),
  ];
}

function done({ incident }: ReportFacts): string[] {
  if (incident.actions.length === 0) return ['Nothing: FlowForge did not act.'];
  const rows = incident.actions.map((action) => [
    toTimestamp(action.at),
    action.action,
    action.actor,
    action.reason,
    `${action.outcome ?? 'under way'} ${action.detail}`,
    action.signals.map(({ pid, signal, result }) => `${signal} ${pid} ${result}`).join(', '),
  ]);
  return [table(['Time', 'Action', 'By', 'Reason', 'Outcome', 'Signals'], rows)];
}

function tree({ incident }: ReportFacts): string[] {
  if (!incident.tree) return ['Not recorded.'];
  const rows = incident.tree.members.map(({ pid, ppid, name, state, cpuMs, rssBytes }) => [
    String(pid),
    String(ppid),
    name,
    state,
    `${round(cpuMs / 1000)} s`,
    bytes(rssBytes),
  ]);
  return [table(['Pid', 'Parent', 'Name', 'State', 'CPU', 'Memory'], rows)];
}

const output = ({ incident }: ReportFacts): string[] =>
  incident.tree?.lastLines.length ? [code(incident.tree.lastLines)] : ['Not recorded.'];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(inline).join(' | ')} |`)
    .join('\n');

/** One line without markup. */
const inline = (text: string): string =>
  text
    .replace(/[\\`*[\]<>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
    .replace(/\s*[\r\n]+\s*/g, ' ');

/** A block whose fence no line of it can close. */
function code(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)),
  );
  const fence = '`'.repeat(longest + 1);
  return [fence, ...lines, fence].join('\n');
}

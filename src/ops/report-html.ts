// A report as one self-contained HTML page: no script, nothing loaded from anywhere, everything escaped.

import { toTimestamp } from '../core/time.ts';
import { escapeHtml } from './escape-html.ts';
import { chart } from './report-chart.ts';
import { bytes, headline, type ReportFacts, round } from './report-facts.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --back: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #30363d; --back: #0d1117; --bad: #ff7b72; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
pre { overflow: auto; border: 1px solid var(--line); padding: .8rem; font-size: .85rem; max-height: 30rem; } figure { margin: 1rem 0; } figcaption, footer { color: var(--soft); font-size: .85rem; }
svg { width: 100%; height: auto; } .mark { stroke: var(--bad); stroke-dasharray: 3 3; } .curve { fill: none; stroke: currentColor; stroke-width: 1.5; } .axis { stroke: var(--line); } text { fill: var(--soft); font: 11px system-ui, sans-serif; }
`;

export function toHtml(facts: ReportFacts): string {
  const { incident } = facts;
  const title = `${incident.title}: ${incident.id}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(incident.reason)}</p>
${table([], headline(facts))}
${charts(facts)}
<h2>Why</h2>
${why(facts)}
<h2>What was done</h2>
${done(facts)}
<h2>The tree before the action</h2>
${tree(facts)}
<h2>Last output</h2>
${lines(incident.tree?.lastLines ?? [])}
<h2>Timeline</h2>
${table(
  ['Time', 'What', 'Summary'],
  facts.timeline.map(({ timestamp, title: what, summary }) => [timestamp, what, summary]),
)}
</main>
<footer>Made by FlowForge at ${toTimestamp(facts.generatedAt)} from ${facts.timeline.length} events and ${facts.samples.length} readings.</footer>
</body>
</html>
`;
}

function charts({ samples, incident }: ReportFacts): string {
  if (samples.length < 2) return '';
  const marks = [
    { at: incident.openedAt, label: 'incident' },
    ...incident.actions.map(({ at, action }) => ({ at, label: action })),
  ];
  const at = samples.map((sample) => sample.at as number);
  const draw = (
    title: string,
    figure: (index: number) => number,
    unit: (value: number) => string,
  ) => chart({ title, at, values: samples.map((_, index) => figure(index)), marks, unit });
  const of = (index: number) => samples[index];
  return `<h2>Around the incident</h2>
${draw(
  'CPU, percent of one core',
  (i) => of(i)?.cpuPercent ?? 0,
  (value) => `${round(value)} %`,
)}
${draw('Memory', (i) => of(i)?.rssBytes ?? 0, bytes)}
${draw('Output, bytes per second', (i) => of(i)?.outputBytesPerSecond ?? 0, bytes)}
${draw('Confidence that this is a runaway', (i) => of(i)?.confidenceScore ?? 0, round)}
${draw('Diversity of the output', (i) => of(i)?.entropyScore ?? 0, round)}`;
}

function why({ decisions }: ReportFacts): string {
  const decision = decisions.at(-1)?.payload;
  if (!decision) return '<p>No decision of a detector led to this incident.</p>';
  const { reason, intended, applied, suppressedBy, contributions, evidence } = decision;
  const held = suppressedBy === null ? '' : `, held back by ${suppressedBy}`;
  const rows = contributions.map(({ indicator, value, nats }) => [
    indicator,
    round(value),
    round(nats),
  ]);
  return `<p>${escapeHtml(`${reason}. Intended: ${intended}, applied: ${applied}${held}.`)}</p>
${rows.length > 0 ? table(['Indicator', 'Value', 'Nats per tick'], rows) : ''}
${evidence.sampleLines?.length ? `<p>Lines of the loop:</p>${lines(evidence.sampleLines)}` : ''}`;
}

function done({ incident }: ReportFacts): string {
  if (incident.actions.length === 0) return '<p>Nothing: FlowForge did not act.</p>';
  const rows = incident.actions.map((action) => [
    toTimestamp(action.at),
    action.action,
    action.actor,
    action.reason,
    `${action.outcome ?? 'under way'} ${action.detail}`,
    action.signals.map(({ pid, signal, result }) => `${signal} ${pid} ${result}`).join(', '),
  ]);
  return table(['Time', 'Action', 'By', 'Reason', 'Outcome', 'Signals'], rows);
}

function tree({ incident }: ReportFacts): string {
  if (!incident.tree) return '<p>Not recorded.</p>';
  const rows = incident.tree.members.map(({ pid, ppid, name, state, cpuMs, rssBytes }) => [
    String(pid),
    String(ppid),
    name,
    state,
    `${round(cpuMs / 1000)} s`,
    bytes(rssBytes),
  ]);
  return table(['Pid', 'Parent', 'Name', 'State', 'CPU', 'Memory'], rows);
}

const lines = (texts: readonly string[]): string =>
  texts.length === 0 ? '<p>Not recorded.</p>' : `<pre>${texts.map(escapeHtml).join('\n')}</pre>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const top = head.length > 0 ? `<thead>${cells(head, 'th')}</thead>` : '';
  return `<table>${top}<tbody>${rows.map((row) => cells(row, 'td')).join('\n')}</tbody></table>`;
}

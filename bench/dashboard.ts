// What the dashboard costs: `npm run bench:dashboard`, after a build. Real Chromium, real server, real runs; readings
// of a long past are put in between. Prints figures beside an empty page and an idle page, as ratios. The main thread
// is measured in the CPU time it takes, so that a busy machine does not count.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import type { Sample } from '../src/contract/run.ts';

const MAIN = resolve(import.meta.dirname, '../dist/main.js');
const PORT = 18_080 + (process.pid % 1_000);
const BASE = `http://127.0.0.1:${PORT}`;
const VISITS = 7;
const TICKS = 20;
/** After opening a page, until only readings move it. */
const SETTLING_MS = 2_000;

/** Of the page that is measured: every chart is in sight. */
const VIEWPORT = { width: 1440, height: 1200 };
/** What the dashboard must reach. */
const TICK_MS_MAX = 10;
const DAY_MS_MAX = 100;
const DAY = 86_400;
/** Ten minutes of seconds, and tens of seconds before. */
const KEPT_OF_A_DAY = 600 + (DAY - 600) / 10;

const folder = mkdtempSync(join(tmpdir(), 'flowforge-bench-'));
const ENV = {
  PATH: '/usr/bin:/bin',
  HOME: folder,
  XDG_STATE_HOME: folder,
  FLOWFORGE_DB_PATH: join(folder, 'f.db'),
  FLOWFORGE_PORT: String(PORT),
};
const guard = (name: string, script: string) =>
  spawn(process.execPath, [MAIN, 'run', '--name', name, '--', process.execPath, '-e', script], {
    env: ENV,
    stdio: 'ignore',
  });
const runs = [
  guard('silent', 'setInterval(() => {}, 1000)'),
  guard('talking', 'setInterval(() => console.log(Math.random()), 200)'),
];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  await answered();
  await firstPaint(browser);
  await charts(browser);
} finally {
  await browser.close();
  await Promise.all(
    runs.map((run) => {
      const closed = new Promise((done) => run.once('close', done));
      run.kill('SIGTERM');
      return closed;
    }),
  );
  rmSync(folder, { recursive: true, force: true });
}

async function answered(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const listed = await fetch(`${BASE}/v1/runs`).then(
      (answer) => answer.json() as Promise<unknown[]>,
      () => [],
    );
    if (listed.length === runs.length) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the API of the run does not answer');
}

/** From the request to the first live run on the page, beside the documentation page without any script. */
async function firstPaint(on: Browser): Promise<void> {
  const empty = await median(() => timed(on, '/docs', 'h1'));
  const overview = await median(() => timed(on, '/ui/', '.card'));
  say(
    `first paint with data: ${overview} ms; a page without scripts: ${empty} ms`,
    overview / empty,
  );
}

async function timed(on: Browser, path: string, seen: string): Promise<number> {
  const context = await on.newContext();
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(BASE + path, { waitUntil: 'commit' });
  await page.locator(seen).first().waitFor();
  const tookMs = performance.now() - began;
  await context.close();
  return tookMs;
}

/** What the main thread does for a reading of the run page, and for drawing a day of seconds. */
async function charts(on: Browser): Promise<void> {
  const listed = (await (await fetch(`${BASE}/v1/runs`)).json()) as {
    run_id: string;
    name: string;
  }[];
  const pathOf = (wanted: string): string =>
    `/ui/runs/${listed.find(({ name }) => name === wanted)?.run_id}`;
  const idle = await perTick(on, '/ui/policy', '.settings', 0);
  const tick = await perTick(on, pathOf('silent'), '.plot canvas', 600);
  say(
    `each reading, six charts of 600 readings: ${tick.toFixed(1)} ms of the main thread (at most ${TICK_MS_MAX}); a page without charts: ${idle.toFixed(1)} ms`,
    tick / TICK_MS_MAX,
  );
  const talking = await perTick(on, pathOf('talking'), '.plot canvas', 600);
  say(
    `each second, the same with the output shown as it comes: ${talking.toFixed(1)} ms`,
    talking / tick,
  );
  const part = await redrawn(on, pathOf('silent'), 600);
  const whole = await redrawn(on, pathOf('silent'), DAY);
  say(
    `drawing a day of seconds, six charts: ${Math.round(whole)} ms of the main thread (at most ${DAY_MS_MAX}); ten minutes: ${Math.round(part)} ms`,
    whole / DAY_MS_MAX,
  );
  const small = await drawn(on, pathOf('silent'), 600);
  const day = await drawn(on, pathOf('silent'), KEPT_OF_A_DAY);
  say(
    `opening a run with a day as it is kept, ${KEPT_OF_A_DAY} readings: ${Math.round(day)} ms of the main thread; with ten minutes: ${Math.round(small)} ms`,
    day / small,
  );
}

async function perTick(on: Browser, path: string, seen: string, readings: number): Promise<number> {
  const { page, session } = await opened(on, path, seen, readings);
  await page.waitForTimeout(SETTLING_MS);
  const before = await busyMs(session);
  await page.waitForTimeout(TICKS * 1_000);
  const spent = (await busyMs(session)) - before;
  await page.context().close();
  return spent / TICKS;
}

/** From a part of the time to all of it, the readings being there. */
async function redrawn(on: Browser, path: string, readings: number): Promise<number> {
  const now = Date.now() / 1000;
  const part = `${path}?from=${now - 400}&to=${now - 300}`;
  const { page, session } = await opened(on, part, '.plot canvas', readings);
  await page.waitForTimeout(SETTLING_MS);
  const before = await busyMs(session);
  await page.evaluate(
    `document.querySelector('.section-head button').click();
    new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))`,
  );
  const spent = (await busyMs(session)) - before;
  await page.context().close();
  return spent;
}

async function drawn(on: Browser, path: string, readings: number): Promise<number> {
  const { page, session } = await opened(on, path, '.plot canvas', readings);
  await page.waitForTimeout(SETTLING_MS);
  const spent = await busyMs(session);
  await page.context().close();
  return spent;
}

async function opened(
  on: Browser,
  path: string,
  seen: string,
  readings: number,
): Promise<{ page: Page; session: CDPSession }> {
  const context = await on.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  if (readings > 0) {
    const body = JSON.stringify(past(readings));
    await page.route('**/samples?*', (route) =>
      route.fulfill({ contentType: 'application/json', body }),
    );
  }
  await page.goto(BASE + path);
  await page.locator(seen).first().waitFor();
  return { page, session };
}

async function busyMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1_000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0);
}

function past(count: number): readonly Sample[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) => ({
    at: new Date(now - (count - index) * 1_000).toISOString(),
    attempt: 1,
    period_seconds: 1,
    cpu_percent: 50 + 40 * Math.sin(index / 30),
    demand_percent: 60 + 40 * Math.sin(index / 30),
    rss_bytes: 5e7 + 1e5 * index,
    process_count: 3,
    output_bytes_per_second: 1_000,
    output_lines_per_second: 10 + 5 * Math.cos(index / 9),
    cpu_score: 60,
    entropy_score: 80,
    confidence_score: 3,
  }));
}

async function median(measure: () => Promise<number>): Promise<number> {
  const all: number[] = [];
  for (let index = 0; index < VISITS; index += 1) all.push(await measure());
  return Math.round(all.sort((a, b) => a - b)[Math.floor(VISITS / 2)] ?? 0);
}

function say(figures: string, ratio: number): void {
  process.stdout.write(`${figures} (ratio ${ratio.toFixed(1)})\n`);
}

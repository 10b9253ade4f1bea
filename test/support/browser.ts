// A real Chromium at a real server with real runs: what the tests of the dashboard share.

import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { createWorld, type Running, type World } from './flowforge.ts';

/** Acts, where a test signs in. */
export const KEY = 'a-key-of-the-browser-tests';

export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) =>
    (process.env['PATH'] ?? '/usr/bin').split(delimiter).map((folder) => join(folder, name)),
  )
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

export interface Served {
  readonly world: World;
  readonly base: string;
  readonly port: number;
  /** The server of the dashboard. */
  readonly server: Running;
}

/** A server over an empty database; runs that are started in its world show up. */
export async function serveDashboard(): Promise<Served> {
  const port = await freePort();
  const world = createWorld({ FLOWFORGE_API_KEY: KEY, FLOWFORGE_PORT: String(port) });
  const server = world.start(['serve']);
  await server.seen('answers at');
  return { world, base: `http://127.0.0.1:${port}`, port, server };
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained about: errors, warnings, refused or foreign requests. */
  readonly complaints: string[];
}

/** A visit of one person, gone after the test. */
export async function visit(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const { url } = message.location();
    if (!['error', 'warning'].includes(message.type()) || url.endsWith('/v1/session')) return;
    complaints.push(`${message.text()} ${url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== '127.0.0.1' && protocol !== 'data:') complaints.push(request.url());
  });
  return { page, context, complaints };
}

/** What axe finds wrong with the page, one line each. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  // Over the debugger: the policy of the page lets no foreign script in, and that is as it should be.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | ').slice(0, 400))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  expect(result.type).toBe('string');
  return JSON.parse(String(result.value)) as string[];
}

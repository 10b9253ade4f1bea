// A real Chromium at a real server with real runs: what the tests of the dashboard share.

import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import axe from 'axe-core';
import {
  type Browser,
  type BrowserContext,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core';
import { onTestFinished } from 'vitest';
import { createWorld, type Running, type World } from './flowforge.ts';
import { freePort } from './free-port.ts';

/** Acts, where a test signs in. */
export const KEY = 'a-key-of-the-browser-tests';

/** Pictures of the pages, to be looked at. */
const PICTURES = resolve(import.meta.dirname, '../../.runtime/screenshots');

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap((name) =>
    [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'].map((folder) =>
      join(folder, name),
    ),
  )
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Why the tests of the dashboard cannot run here, or null. */
export const NO_BROWSER = CHROMIUM === undefined ? 'no Chromium is installed' : null;

/** A browser, a server over an empty database, and the world in which runs are started that it shows. */
export interface Stage {
  readonly browser: Browser;
  readonly world: World;
  readonly base: string;
  /** The server; it may be killed, and started again. */
  server: Running;
  startServer(): Promise<void>;
  end(): Promise<void>;
}

/**
 * @param browserArgs flags of the browser besides the usual ones
 * @param shared the browser of another stage, which ends it
 */
export async function setStage(
  env: NodeJS.ProcessEnv = {},
  browserArgs: readonly string[] = [],
  shared: Browser | null = null,
): Promise<Stage> {
  const ends: (() => void)[] = [];
  const port = await freePort();
  const world = createWorld(
    { FLOWFORGE_API_KEY: KEY, FLOWFORGE_PORT: String(port), ...env },
    null,
    (end) => ends.push(end),
  );
  const startServer = async (): Promise<Running> => {
    const server = world.start(['serve']);
    await server.seen('answers at');
    return server;
  };
  const [browser, server] = await Promise.all([
    shared ??
      chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox', ...browserArgs] }),
    startServer(),
  ]);
  const stage: Stage = {
    browser,
    world,
    base: `http://127.0.0.1:${port}`,
    server,
    async startServer() {
      stage.server = await startServer();
    },
    async end() {
      if (!shared) await browser.close();
      for (const end of ends.reverse()) end();
    },
  };
  return stage;
}

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained about: errors, warnings, requests to anybody else. */
  readonly complaints: string[];
  /** Clicks, counted. */
  click(what: string | RegExp, role?: 'link' | 'button'): Promise<void>;
  clicks(): number;
}

/** A visit of one person, gone after the test. */
export async function visit(
  { browser, base }: Pick<Stage, 'browser' | 'base'>,
  path = '/',
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    const { url } = message.location();
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} ${url}`);
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(base + path);
  let clicked = 0;
  return {
    page,
    context,
    complaints,
    async click(what, role = 'link') {
      clicked += 1;
      await page.getByRole(role, { name: what }).first().click();
    },
    clicks: () => clicked,
  };
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;
const sessions = new WeakMap<Stage, Promise<Session>>();

/** A visit of somebody who may act. The signing in is done once for each stage, as a person does it. */
export async function visitSignedIn(stage: Stage, path = '/'): Promise<Visit> {
  const session = sessions.get(stage) ?? signIn(stage);
  sessions.set(stage, session);
  return visit(stage, path, { storageState: await session });
}

async function signIn({ browser, base }: Stage): Promise<Session> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${base}/ui/sign-in`);
  await page.getByLabel('API key').fill(KEY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  const session = await context.storageState();
  await context.close();
  return session;
}

/** What axe finds wrong with the page, one line each. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  // Over the debugger: the policy of the page lets no foreign script in, and that is as it should be.
  const session = await debuggerOf(page);
  const isThere = await session.send('Runtime.evaluate', { expression: '"axe" in window' });
  if (!isThere.result.value) await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(
      violations.map(({ id, nodes }) => id + ': ' + nodes.map((it) => it.html + ' ' + it.failureSummary).join(' | ').slice(0, 500))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  return JSON.parse(String(result.value)) as string[];
}

/** Keeps a picture of the whole page. Over the debugger as well, which takes half the time. */
export async function picture(page: Page, name: string): Promise<void> {
  const session = await debuggerOf(page);
  const { cssContentSize } = await session.send('Page.getLayoutMetrics');
  const { data } = await session.send('Page.captureScreenshot', {
    optimizeForSpeed: true,
    captureBeyondViewport: true,
    clip: { ...cssContentSize, scale: 1 },
  });
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(join(PICTURES, `${name}.png`), data, 'base64');
}

const debuggers = new WeakMap<Page, Promise<CDPSession>>();

function debuggerOf(page: Page): Promise<CDPSession> {
  const known = debuggers.get(page) ?? page.context().newCDPSession(page);
  debuggers.set(page, known);
  return known;
}

const NODE = process.execPath;

/** Commands that real runs are made of. */
export const COMMANDS = {
  /** Works: new words and some CPU, until it is stopped. */
  healthy: [
    NODE,
    '-e',
    `let n = 0;
    setInterval(() => {
      const until = performance.now() + 20;
      while (performance.now() < until);
      console.log('part', ++n, 'of 100000, loss', Math.random().toFixed(4), 'file', Math.random().toString(36));
    }, 200);`,
  ],
  /** Burns a core and says the same failure again and again. */
  loop: [
    NODE,
    '-e',
    `let n = 0;
    for (;;) {
      const until = performance.now() + 90;
      while (performance.now() < until);
      require('node:fs').writeSync(1, 'processing request 4242 failed (attempt ' + ++n + '), retrying\\n');
    }`,
  ],
  /** Prints what should do no harm where it is shown, and waits. */
  hostile: [
    NODE,
    '-e',
    `console.log('<img src=x onerror="document.title=1"><script>alert(1)</script>');
    console.log('\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 \\x1b]8;;http://evil.example/\\x1b\\\\\\\\link \\x1b[2Jgone');
    console.log('user\\u202Egnp.exe \\u2066hidden\\u200B');
    console.log('long ' + 'x'.repeat(65536));
    console.log('the last line');
    setInterval(() => {}, 1000);`,
    '<script>alert("argument")</script>',
  ],
} as const;

/** Flags with which a loop is stopped as fast as can be. */
export const FAST = [
  '--profile',
  'heavy',
  '--start-grace',
  '1s',
  '--stop-hold',
  '1s',
  '--grace',
  '1s',
];

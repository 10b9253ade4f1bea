// Live is live: figures come within a second, a server that is gone is said to be, and the page goes on by itself.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  COMMANDS,
  faultsOf,
  NO_BROWSER,
  picture,
  type Stage,
  setStage,
  visit,
  visitSignedIn,
} from '../support/browser.ts';
import { MAIN } from '../support/flowforge.ts';
import { freePort } from '../support/free-port.ts';

/** Escapes, and what reorders or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
const HIDDEN = /[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** A folder that is in memory only. */
const MEMORY = '/dev/shm';

const SECRET = 'zq81Lm44Xc02Vb93';

interface Listed {
  readonly run_id: string;
  readonly name: string | null;
}

/** Notes in the page when the reading of which second was first shown. */
const WATCH_READINGS = `(() => {
  window.shown = new Map();
  const look = () => {
    const at = document.querySelector('#charts ~ .quiet time')?.getAttribute('datetime');
    if (at && !window.shown.has(at)) window.shown.set(at, Date.now());
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
})()`;

/** Has the page believe that nobody looks at it, or that somebody does again. */
const hide = (isHidden: boolean): string => `(() => {
  Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
})()`;

/** How many follow the stream. */
async function followers(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text();
  return Number(/^flowforge_sse_clients (\d+)$/m.exec(text)?.[1]);
}

describe.skipIf(NO_BROWSER)(
  `the live page ${NO_BROWSER ? `(not tested: ${NO_BROWSER})` : ''}`,
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await setStage();
    });
    afterAll(() => stage.end());

    it('shows a run that is started while one looks, and its end', async () => {
      const { page } = await visit(stage);
      await page.getByText('Nothing has run here yet').waitFor();
      const run = stage.world.start(['run', '--name', 'newcomer', '--', ...COMMANDS.healthy]);
      await run.seen('part 1 ');
      await page.locator('.card', { hasText: 'newcomer' }).waitFor();
      run.child.kill('SIGTERM');
      await run.finished;
      await page.getByRole('row', { name: /newcomer/ }).waitFor();
      expect(await page.locator('.card').count()).toBe(0);
    });

    it('says that nobody answers, and goes on without being loaded again', async () => {
      const run = stage.world.start([
        'run',
        '--name',
        'steady',
        '--no-api',
        '--',
        ...COMMANDS.healthy,
      ]);
      await run.seen('part 2 ');
      const { page } = await visit(stage);
      await page.locator('.freshness.live').waitFor();
      await page.evaluate("window.mark = 'still the same page'");
      stage.server.child.kill('SIGSTOP');
      await page.getByRole('alert').getByText('Nothing new has come.').waitFor();
      expect(await page.locator('.freshness').textContent()).toContain('stale');
      stage.server.child.kill('SIGCONT');
      await page.locator('.freshness.live').waitFor();
      stage.server.child.kill('SIGKILL');
      await stage.server.finished;
      await page.getByRole('alert').getByText('Not connected.').waitFor();
      await page.getByText(/What is shown is as of/).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await picture(page, 'overview-offline');
      expect(await page.locator('.card', { hasText: 'steady' }).count()).toBe(1);
      await stage.startServer();
      await page.locator('.freshness.live').waitFor();
      const lines = page.locator('.card', { hasText: 'steady' }).getByText(/lines\/s/);
      await lines.waitFor();
      expect(await page.evaluate('window.mark')).toBe('still the same page');
      run.child.kill('SIGTERM');
      await run.finished;
    });

    it('says of a guard that is stopped, and then killed, what became of it', async () => {
      const args = ['run', '--name', 'deserted', '--no-api', '--', ...COMMANDS.healthy];
      const run = stage.world.start(args);
      await run.seen('part 2 ');
      const { page } = await visit(stage);
      const card = page.locator('.card', { hasText: 'deserted' });
      await card.getByText('running').waitFor();
      run.child.kill('SIGSTOP');
      await card.getByText('its guard does not answer').waitFor();
      expect(await card.locator('.measure-value').allTextContents()).toEqual(['–', '–', '–', '–']);
      run.child.kill('SIGKILL');
      await page.getByRole('row', { name: /deserted.*its guard is gone/ }).waitFor();
      expect(await card.count()).toBe(0);
      await run.finished;
    });

    it('shows a reading within a second of its being taken', async () => {
      const run = stage.world.start(['run', '--name', 'timed', '--', ...COMMANDS.healthy]);
      await run.seen('part 2 ');
      const runs = (await (await fetch(`${stage.base}/v1/runs`)).json()) as Listed[];
      const runId = runs.find(({ name }) => name === 'timed')?.run_id ?? '';
      const { page } = await visit(stage, `/ui/runs/${runId}`);
      await page.locator('.plot canvas').first().waitFor();
      await page.evaluate(WATCH_READINGS);
      await expect
        .poll(() => page.evaluate<number>('window.shown.size'), { timeout: 15_000 })
        .toBeGreaterThan(3);
      const shown = await page.evaluate<[string, number][]>('[...window.shown]');
      // The first was there when the watching began.
      const delays = shown.slice(1).map(([at, seenAt]) => seenAt - Date.parse(at));
      expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
      expect(Math.min(...delays)).toBeGreaterThan(0);
      run.child.kill('SIGTERM');
      await run.finished;
    });

    it('shows the lines and the scores of a run as they come, and no secret', async () => {
      const script = `for i in $(seq 500); do
        echo "step $i, token=${SECRET}"; seq 12 | sed "s/^/$i, detail /"; sleep 0.2
      done`;
      const run = stage.world.start(['run', '--name', 'talker', '--', 'sh', '-c', script]);
      await run.seen('step 2,');
      const runs = (await (await fetch(`${stage.base}/v1/runs`)).json()) as Listed[];
      const runId = runs.find(({ name }) => name === 'talker')?.run_id ?? '';
      const { page, complaints } = await visit(stage, `/ui/runs/${runId}`);
      const output = page.getByRole('region', { name: 'Output of the run' });
      const find = page.getByRole('searchbox', { name: 'Find in the output' });
      await output
        .getByText(/detail 12$/)
        .first()
        .waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('step ');
      await output.getByText(/^step 2, /).waitFor();
      await output.getByText(/^step 12, /).waitFor();
      await page.getByText('Scores, 0 to 100').waitFor();
      const text = (await output.textContent()) ?? '';
      expect(text).toContain('token=[REDACTED:');
      expect(text).not.toContain(SECRET);
      expect(text.match(/step 7,/g)).toHaveLength(1);
      expect(text).not.toContain('detail');
      await find.fill('');
      // However many there are, only those in sight are in the page.
      expect(await output.locator('li').count()).toBeLessThan(100);
      await output.evaluate((it) => it.scrollTo(0, 0));
      await output.getByText(/^step 1, /).waitFor();
      expect(await page.getByLabel('follow').isChecked()).toBe(false);
      expect(complaints).toEqual([]);
      await picture(page, 'run-live');
      run.child.kill('SIGTERM');
      await run.finished;
      await page.locator('.verdict').waitFor();
      await find.fill('step 12, ');
      await output.getByText(/^step 12, /).waitFor();
    });

    it('follows the output only while the page is looked at, also after a refusal, and shows no line twice', async () => {
      const script = 'for i in $(seq 900); do echo "line $i."; sleep 0.1; done';
      const run = stage.world.start([
        'run',
        '--name',
        'unseen',
        '--no-api',
        '--',
        'sh',
        '-c',
        script,
      ]);
      await run.seen('line 2.');
      const { page } = await visit(stage);
      await page.locator('.freshness.live').waitFor();
      await page.clock.install();
      const refused = page.waitForResponse(/topics=output/);
      await page.route(/topics=output/, (route) => route.fulfill({ status: 503 }), { times: 1 });
      await page.locator('.card a', { hasText: 'unseen' }).click();
      expect((await refused).status()).toBe(503);
      await page.clock.fastForward(6_000);
      const output = page.getByRole('region', { name: 'Output of the run' });
      await output.getByText('line 5.', { exact: true }).waitFor();
      await page.evaluate(hide(true));
      await page.clock.fastForward(16_000);
      await expect.poll(() => followers(stage.base)).toBe(0);
      await run.seen('line 60.');
      await page.evaluate(hide(false));
      await output.getByText('line 60.', { exact: true }).waitFor();
      await page.getByRole('searchbox', { name: 'Find in the output' }).fill('line 5.');
      await expect.poll(() => output.locator('li').count()).toBe(1);
      run.child.kill('SIGTERM');
      await run.finished;
    });

    it.skipIf(!existsSync(MEMORY))('warns of evidence that will not last', async () => {
      const folder = mkdtempSync(join(MEMORY, 'flowforge-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const port = await freePort();
      const flags = ['--db', join(folder, 'f.db'), '--port', String(port)];
      const server = stage.world.start(['serve', ...flags]);
      await server.seen('answers at');
      const base = `http://127.0.0.1:${port}`;
      const { page } = await visit({ browser: stage.browser, base });
      const warning = page
        .getByRole('alert')
        .filter({ hasText: 'Place of the evidence: in memory' });
      await warning.waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await picture(page, 'overview-warning');
      server.child.kill('SIGTERM');
      await server.finished;
    });

    it('shows what a command printed as text, and lets it do nothing', async () => {
      const name = '<img src=x onerror="alert(2)">';
      const hidden = '\u2067';
      const run = stage.world.start([
        'run',
        '--name',
        name + hidden,
        '--grace',
        '1s',
        '--',
        ...COMMANDS.hostile,
        hidden,
      ]);
      await run.seen('the last line');
      const { page, complaints } = await visitSignedIn(stage);
      await page.getByRole('link', { name }).click();
      await page.getByText('<script>alert("argument")</script>').first().waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.textContent()).toContain(`Stop ${name}U+2067?`);
      const shown = await page.locator('main').textContent();
      expect(shown?.replaceAll(/\s/g, ' ')).not.toMatch(HIDDEN);
      await dialog.getByRole('button', { name: 'Stop', exact: true }).click();
      await run.finished;
      const output = page.getByRole('region', { name: 'Output of the run' });
      await output
        .getByText('<img src=x onerror="document.title=1"><script>alert(1)</script>')
        .waitFor();
      const text = (await output.textContent()) ?? '';
      expect(text).not.toMatch(HIDDEN);
      expect(text).toMatch(/xxx{100}/);
      expect(await page.locator('main img, main script, main a[href*=evil]').count()).toBe(0);
      expect(await page.title()).toContain('FlowForge');
      expect(complaints).toEqual([]);
    });

    // The last: from then on this database keeps no words without a key.
    it('says of what is encrypted that it is, where the key is not at hand', async () => {
      const key = `FLOWFORGE_MASTER_KEY=${'0123456789abcdef'.repeat(4)}`;
      const run = stage.world.start(['run', '--', ...COMMANDS.healthy], {
        by: ['env', key, process.execPath, MAIN],
      });
      await run.seen('part 2 ');
      const { page } = await visit(stage);
      await page.locator('.card a', { hasText: '(sealed)' }).click();
      await page.getByText('are encrypted and read (sealed)').waitFor();
      await page.locator('.plot canvas').first().waitFor();
      expect(await page.locator('main').textContent()).not.toContain('performance.now');
      await picture(page, 'run-sealed');
      run.child.kill('SIGTERM');
      await run.finished;
    });
  },
);

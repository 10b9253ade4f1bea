// Live is live: figures come within a second, a server that is gone is said to be, and the page goes on by itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COMMANDS,
  NO_BROWSER,
  picture,
  type Stage,
  setStage,
  visit,
  visitSignedIn,
} from '../support/browser.ts';

/** Escapes, and what reorders or hides text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
const HIDDEN = /[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

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
      stage.server.child.kill('SIGKILL');
      await stage.server.finished;
      await page.getByRole('alert').getByText('Not connected.').waitFor();
      await page.getByText(/What is shown is as of/).waitFor();
      expect(await page.locator('.card', { hasText: 'steady' }).count()).toBe(1);
      await stage.startServer();
      await page.locator('.freshness.live').waitFor();
      const lines = page.locator('.card', { hasText: 'steady' }).getByText(/lines\/s/);
      await lines.waitFor();
      expect(await page.evaluate('window.mark')).toBe('still the same page');
      run.child.kill('SIGTERM');
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
        .toBeGreaterThan(4);
      const shown = await page.evaluate<[string, number][]>('[...window.shown]');
      // The first was there when the watching began.
      const delays = shown.slice(1).map(([at, seenAt]) => seenAt - Date.parse(at));
      expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
      expect(Math.min(...delays)).toBeGreaterThan(0);
      run.child.kill('SIGTERM');
      await run.finished;
    });

    it('shows the lines and the scores of a run as they come, and no secret', async () => {
      const script = `for i in $(seq 500); do echo "step $i, token=${SECRET}"; sleep 0.2; done`;
      const run = stage.world.start(['run', '--name', 'talker', '--', 'sh', '-c', script]);
      await run.seen('step 2,');
      const runs = (await (await fetch(`${stage.base}/v1/runs`)).json()) as Listed[];
      const runId = runs.find(({ name }) => name === 'talker')?.run_id ?? '';
      const { page, complaints } = await visit(stage, `/ui/runs/${runId}`);
      const output = page.getByRole('region', { name: 'Output of the run' });
      await output.getByText(/^step 2, /).waitFor();
      await output.getByText(/^step 12, /).waitFor();
      await page.getByText('Scores, 0 to 100').waitFor();
      const text = (await output.textContent()) ?? '';
      expect(text).toContain('token=[REDACTED:');
      expect(text).not.toContain(SECRET);
      expect(text.match(/step 7,/g)).toHaveLength(1);
      expect(complaints).toEqual([]);
      await picture(page, 'run-live');
      run.child.kill('SIGTERM');
      await run.finished;
      await page.locator('.verdict').waitFor();
      await output.getByText(/^step 12, /).waitFor();
    });

    it('shows what a command printed as text, and lets it do nothing', async () => {
      const name = '<img src=x onerror="alert(2)">';
      const run = stage.world.start([
        'run',
        '--name',
        name,
        '--grace',
        '1s',
        '--',
        ...COMMANDS.hostile,
      ]);
      await run.seen('the last line');
      const { page, complaints } = await visitSignedIn(stage);
      await page.getByRole('link', { name }).click();
      await page.getByText('<script>alert("argument")</script>').first().waitFor();
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop', exact: true }).click();
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
  },
);

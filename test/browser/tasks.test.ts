// What a person comes for, done as a person does it: by what is written on the page.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  COMMANDS,
  FAST,
  faultsOf,
  KEY,
  NO_BROWSER,
  picture,
  type Stage,
  setStage,
  visit,
  visitSignedIn,
} from '../support/browser.ts';
import type { Running } from '../support/flowforge.ts';

interface Listed {
  readonly run_id: string;
  readonly name: string | null;
  readonly pid: number;
}

// Evaluated in the page: how long the bars of evidence are for what they are worth, also of what speaks against.
const BAR_PER_NAT = `[...document.querySelectorAll('.contributions li')]
  .map((it) => [
    it.querySelector('.contribution-bar > span').getBoundingClientRect().width,
    Number(/[\\d.]+/.exec(it.textContent.slice(-4))[0]),
  ])
  .filter(([, nats]) => nats >= 0.5)
  .map(([width, nats]) => width / nats)`;

const ROWS_IN_SIGHT = `[...document.querySelectorAll('[data-row]')].filter((it) => it.checkVisibility())`;

describe.skipIf(NO_BROWSER)(`a person ${NO_BROWSER ? `(not tested: ${NO_BROWSER})` : ''}`, () => {
  let stage: Stage;
  let training: Running;
  let incidentId = '';
  const runId = async (name: string): Promise<string> => {
    const runs = (await (await fetch(`${stage.base}/v1/runs`)).json()) as Listed[];
    return runs.find((run) => run.name === name)?.run_id ?? '';
  };
  const start = async (name: string, ...flags: string[]): Promise<Running> => {
    const run = stage.world.start(['run', '--name', name, ...flags, '--', ...COMMANDS.healthy]);
    await run.seen('part 2');
    return run;
  };

  beforeAll(async () => {
    stage = await setStage({ FLOWFORGE_MAX_TIME: '2h' });
    const loop = stage.world.start(['run', '--name', 'importer', ...FAST, '--', ...COMMANDS.loop]);
    training = await start('training');
    await loop.finished;
    const incidents = await fetch(`${stage.base}/v1/incidents`);
    incidentId = ((await incidents.json()) as { incident_id: string }[])[0]?.incident_id ?? '';
  });
  afterAll(() => stage.end());

  it('1. sees which runs live and whether they are well', async () => {
    const { page, complaints } = await visit(stage);
    const heading = page.getByRole('heading', { level: 1 });
    expect(await heading.textContent()).toMatch(/1 run is live, nothing suspicious/);
    const card = page.locator('.card', { hasText: 'training' });
    await card.getByText('running').waitFor();
    await card.getByText(/\d %/).first().waitFor();
    await card.getByText(/lines\/s/).waitFor();
    expect(complaints).toEqual([]);
  });

  it('2. opens a run and follows it live', async () => {
    const { page, click } = await visit(stage);
    await click('training');
    await page.locator('.plot canvas').first().waitFor();
    const cpu = page.locator('.chart', { hasText: 'CPU, of one core' });
    await cpu.getByText(/\d+ %/).first().waitFor();
    await cpu.getByText('limit 80 %').waitFor();
    const lines = page.locator('.facts div', { hasText: 'Lines' }).locator('dd');
    const before = await lines.textContent();
    await expect.poll(() => lines.textContent()).not.toBe(before);
  });

  it('3. learns in at most two clicks why a job was stopped, with the very lines and numbers', async () => {
    const { page, click, clicks, complaints } = await visit(stage);
    await click(/Loop detected/);
    expect(clicks()).toBeLessThanOrEqual(2);
    const story = page.locator('main');
    await story.getByRole('heading', { name: 'Loop detected: importer' }).waitFor();
    await story.getByText(/FlowForge stopped it: the same line \d+ times/).waitFor();
    await story
      .getByText(/^processing request 4242 failed \(attempt \d+\), retrying$/)
      .first()
      .waitFor();
    await story.getByText(/This line, \d+ times over/).waitFor();
    await story.getByText('Nothing new is printed while the CPU is busy').waitFor();
    await story.getByRole('meter', { name: 'Confidence' }).waitFor();
    await story.getByText(/how sure it is a runaway: warns at \d+, stops at \d+/).waitFor();
    await story.getByText('CPU wanted against the limit of 80 % of a core').waitFor();
    const perNat = await page.evaluate<number[]>(BAR_PER_NAT);
    expect(perNat.length).toBeGreaterThan(1);
    expect(Math.max(...perNat) / Math.min(...perNat)).toBeLessThan(1.1);
    expect(complaints).toEqual([]);
  });

  it('4. sees what was done, with which signals, and that nothing is left', async () => {
    const { page } = await visit(stage, `/ui/incidents/${incidentId}`);
    const done = page.getByRole('region', { name: 'What was done' });
    await done.getByText('AUTO_STOP').waitFor();
    await done.getByText(/It worked, in .*nothing is left of it/).waitFor();
    await done.getByText(/SIGTERM to \d+/).waitFor();
  });

  it('5. finds what to set so that it is left alone, and copies it', async () => {
    const { page, context, click } = await visit(stage, `/ui/incidents/${incidentId}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const next = page.getByRole('region', { name: 'Next time' });
    await next.getByText(/may-stop: \[retry-storm, /).waitFor();
    await click(/Copy the setting/, 'button');
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toContain('progress-regex:');
  });

  it('6. is told when a key does not hold, and signs in with one that does', async () => {
    const { page, click } = await visit(stage);
    await click('Sign in');
    await page.getByLabel('API key').fill('not-the-right-key');
    await click('Sign in', 'button');
    await page.getByRole('alert').getByText('does not hold').waitFor();
    await page.getByLabel('API key').fill(KEY);
    await click('Sign in', 'button');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.reload();
    await page.route('**/v1/session/end', (route) => route.abort());
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alert').getByText('Still signed in').waitFor();
    await page.unroute('**/v1/session/end');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate<string>('document.cookie')).toBe('');
  });

  it('7. acknowledges an incident, and calls it a false alarm after all', async () => {
    const { page } = await visitSignedIn(stage, `/ui/incidents/${incidentId}`);
    await page.getByRole('button', { name: 'Acknowledge: it was right' }).click();
    await page.getByText('Acknowledged: FlowForge was right.').waitFor();
    await page.getByLabel('Note').fill('it was <b>meant</b> to retry');
    await page.getByRole('button', { name: 'It was a false alarm' }).click();
    await page.getByText('Called a false alarm.').waitFor();
    await page.reload();
    await page.getByText('it was <b>meant</b> to retry').first().waitFor();
    const next = page.getByRole('region', { name: 'Next time' });
    await next.getByText(/^It was a false alarm\. What to write/).waitFor();
  });

  it('8. pauses a run and lets it go on, each after a confirmation', async () => {
    const { page, click } = await visitSignedIn(stage, `/ui/runs/${await runId('training')}`);
    await click('Pause', 'button');
    const dialog = page.getByRole('dialog', { name: 'Pause training?' });
    await dialog.getByLabel('Why (for the record)').fill('lunch');
    await dialog.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.badge', { hasText: 'paused' }).waitFor();
    await page
      .getByRole('status')
      .getByText(/^Done: pause/)
      .waitFor();
    await click('Resume', 'button');
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.locator('.badge', { hasText: 'running' }).waitFor();
    await page
      .getByText(/PAUSE lunch · by api-key:env/)
      .first()
      .waitFor();
  });

  it('9. restarts a run, and sees the next attempt', async () => {
    const run = await start('again', '--grace', '1s');
    const { page, click } = await visitSignedIn(stage, `/ui/runs/${await runId('again')}`);
    await click('Restart', 'button');
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    const attempt = page.locator('.facts div', { hasText: 'Attempt' }).locator('dd');
    await expect.poll(() => attempt.textContent(), { timeout: 10_000 }).toBe('2');
    run.child.kill('SIGTERM');
    await run.finished;
  });

  it('10. stops a run in at most three clicks, and sees that nothing is left', async () => {
    const run = await start('doomed', '--grace', '1s');
    const { page, click, clicks } = await visitSignedIn(stage);
    await click('doomed');
    await click('Stop', 'button');
    const confirm = page.getByRole('dialog', { name: 'Stop doomed?' });
    await confirm.getByRole('button', { name: 'Stop' }).click();
    expect(clicks() + 1).toBeLessThanOrEqual(3);
    expect((await run.finished).code).toBe(124);
    await page.getByText(/Nothing is left of it/).waitFor();
    await page.locator('.badge', { hasText: 'stopped over the API' }).waitFor();
  });

  it('11. leaves a run alone when the question is answered with no', async () => {
    const { page, click } = await visitSignedIn(stage, `/ui/runs/${await runId('training')}`);
    await click('Stop', 'button');
    await picture(page, 'dialog-stop');
    expect(await faultsOf(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Leave it' }).click();
    await click('Stop', 'button');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(training.child.exitCode).toBe(null);
    await page.locator('.badge', { hasText: 'running' }).waitFor();
  });

  it('12. filters the timeline, and shares what is filtered', async () => {
    const { page, context } = await visit(stage, '/ui/timeline');
    await page.getByLabel('Kind').selectOption('audit');
    await page.getByLabel('Find').fill('action:auto_stop');
    await page.getByText('AUTO_STOP', { exact: true }).first().waitFor();
    expect(page.url()).toMatch(/\?type=audit&q=action%3Aauto_stop$/);
    const other = await context.newPage();
    await other.goto(page.url());
    await other.getByText('AUTO_STOP', { exact: true }).first().waitFor();
    await other.getByText('· by flowforge').first().waitFor();
    expect(await other.getByText('Run started').count()).toBe(0);
    await page.getByLabel('Find').fill('no such words at all');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.getByText('Run started').first().waitFor();
  });

  it('13. opens the events of an incident on the timeline, and one of them by its address', async () => {
    const { page } = await visit(stage, '/ui/timeline');
    const incident = page.locator('.together', { hasText: 'Loop detected' });
    await incident.waitFor();
    const rows = await page.evaluate<number>(`${ROWS_IN_SIGHT}.length`);
    for (let row = 0; row < rows; row += 1) await page.keyboard.press('j');
    expect(await page.evaluate(`${ROWS_IN_SIGHT}.at(-1) === document.activeElement`)).toBe(true);
    await incident.getByText(/\d+ events of this incident/).click();
    await incident.getByRole('link', { name: 'Evidence frozen' }).click();
    await page.waitForURL(/\/ui\/incidents\/inc_\w+#e\d+$/);
    await page.locator('.aimed').getByText('Evidence frozen').waitFor();
    await page.reload();
    await page.locator('.aimed').waitFor();
  });

  it('14. looks closer at a stretch of time, and finds it again under the address', async () => {
    const { page } = await visit(stage, `/ui/runs/${await runId('training')}`);
    const plot = page.locator('.plot .u-over').first();
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (!box) throw new Error('the chart is not there');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.2, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, y, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/from=[\d.]+&to=[\d.]+/);
    const address = page.url();
    await page.reload();
    expect(page.url()).toBe(address);
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.url()).not.toContain('from=');
  });

  it('15. does without a mouse', async () => {
    const { page } = await visit(stage);
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByRole('heading', { level: 1, name: 'Incidents' }).waitFor();
    await page.locator('[data-row]').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('loop');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Loop detected/ }).waitFor();
  });

  it('16. sees which settings hold and where they come from', async () => {
    const { page } = await visit(stage, '/ui/policy');
    await page.getByLabel('Only what somebody chose').check();
    const chosen = page.locator('.settings > div', { hasText: 'max-time' });
    await chosen.getByText('2h').waitFor();
    await chosen.getByText('from FLOWFORGE_MAX_TIME').waitFor();
    expect(await page.getByText('stop-at').count()).toBe(0);
  });

  it('16a. goes on from a page that failed', async () => {
    const { page, click } = await visit(stage, '/ui/incidents');
    await page.route('**/v1/policy', (route) => route.fulfill({ json: {} }));
    await click('Policy');
    await page.getByText('This page could not be shown').waitFor();
    await click('Timeline');
    await page.getByText('Run started').first().waitFor();
  });

  it('17. keeps the theme that was chosen', async () => {
    const { page } = await visit(stage);
    const background = () =>
      page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await page.getByRole('button', { name: /theme/ }).click();
    await page.getByRole('button', { name: /theme/ }).click();
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await background()).toBe(dark);
  });

  it('18. is told what a key that may only read does not allow, and by which one may', async () => {
    const { secret } = await stage.world.json<{ secret: string }>(
      ...['keys', 'create', '--name', 'reader', '--scope', 'read'],
    );
    const { page, click } = await visit(stage, `/ui/runs/${await runId('training')}`);
    await page.getByText('with a key that may act to pause, restart, stop it').waitFor();
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
    await click('Sign in');
    await page.getByLabel('API key').fill(secret);
    await click('Sign in', 'button');
    await page.getByText('Your key may only read.').waitFor();
    expect(await page.getByRole('button', { name: 'Stop' }).count()).toBe(0);
  });

  it('19. finds where the lines of a run begin to repeat', async () => {
    const { page } = await visit(stage, `/ui/runs/${await runId('importer')}`);
    await page.getByRole('button', { name: 'Jump to the first repeat' }).click();
    const repeat = page.locator('.lines .marked');
    await repeat.getByText(/^processing request 4242 failed \(attempt \d+\), retrying$/).waitFor();
    await page.getByRole('searchbox', { name: 'Find in the output' }).fill('(attempt 7)');
    await page.getByText(/^1 of \d+ lines$/).waitFor();
  });
});

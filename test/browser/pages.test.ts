// Every page, in both themes, on every screen, for everybody: no fault of accessibility, nothing that sticks out, no
// complaint of the browser; with nothing to show and with much.

import type { Page } from 'playwright-core';
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
} from '../support/browser.ts';
import type { Running } from '../support/flowforge.ts';

const THEMES = ['light', 'dark'] as const;
const WIDTHS = [320, 768, 1440];
const EMPTY = [
  '/ui/',
  '/ui/incidents',
  '/ui/timeline',
  '/ui/policy',
  '/ui/sign-in',
  '/ui/nowhere',
  '/ui/runs/run_none',
  '/ui/incidents/inc_none',
];

// Evaluated in the page, where the tests' own types do not hold.
const STICKING_OUT = `[...document.querySelectorAll('body *')]
  .filter((it) => it.getBoundingClientRect().right > innerWidth + 1)
  .filter((it) => !it.closest('.scroll, .lines, .plot, .cut, nav, .unseen'))
  .map((it) => it.tagName + ' ' + it.className)
  .concat(document.documentElement.scrollWidth > innerWidth ? ['the page'] : [])`;

// What one must scroll sideways to see.
const CUT = `[...document.querySelectorAll('.scroll')]
  .filter((it) => it.scrollWidth > it.clientWidth)
  .map((it) => it.getAttribute('aria-label'))`;

const SCRIPTS = `performance.getEntriesByType('resource')
  .filter(({ name }) => name.endsWith('.js'))
  .map(({ name, encodedBodySize }) => ({ name, encodedBodySize }))`;

const PLANT_SCRIPT = `(() => {
  const script = document.createElement('script');
  try {
    script.textContent = 'window.planted = true';
    document.head.append(script);
  } catch {
    // Refused as it is written.
  }
  return 'planted' in window;
})()`;

/** Looks at pages in both themes and on all screens, two pages at a time. Gives what the browser complained about. */
async function lookAt(stage: Stage, paths: Readonly<Record<string, string>>) {
  const waiting = Object.entries(paths);
  const look = async () => {
    const { page, complaints } = await visit(stage, '/ui/');
    for (let next = waiting.shift(); next; next = waiting.shift()) await lookAtOne(page, ...next);
    return complaints;
  };
  return (await Promise.all([look(), look()])).flat();
}

async function lookAtOne(page: Page, name: string, path: string): Promise<void> {
  await page.goto(new URL(path, page.url()).href);
  await page.locator('main h1').first().waitFor();
  if (name === 'run') await page.locator('.plot canvas').first().waitFor();
  for (const colorScheme of THEMES) {
    // Without motion, so that no colour is looked at on its way.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await faultsOf(page), `${path}, ${colorScheme}`).toEqual([]);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate(STICKING_OUT), `${path} at ${width} px`).toEqual([]);
      if (name === 'overview') expect(await page.evaluate(CUT), `cut at ${width} px`).toEqual([]);
      await picture(page, `${name}-${colorScheme}-${width}`);
    }
  }
}

describe.skipIf(NO_BROWSER)(`the pages ${NO_BROWSER ? `(not tested: ${NO_BROWSER})` : ''}`, () => {
  let stage: Stage;
  let busy: Stage;
  let loop: Running;
  let runId = '';
  beforeAll(async () => {
    stage = await setStage();
    busy = await setStage({}, [], stage.browser);
    // Takes its time, while one looks at where nothing has run.
    loop = busy.world.start(['run', '--name', 'importer', ...FAST, '--', ...COMMANDS.loop]);
  });
  afterAll(async () => {
    await busy.end();
    await stage.end();
  });

  it('have no fault where nothing has run', async () => {
    const named = Object.fromEntries(
      EMPTY.map((path) => [`empty${path.replaceAll('/', '-')}`, path]),
    );
    const complaints = await lookAt(stage, named);
    // The browser itself tells of the two things that were asked for and are not there.
    expect(complaints.filter((it) => !it.includes('404 (Not Found)'))).toEqual([]);
  });

  it('have no fault where much has happened', async () => {
    const { world, base } = busy;
    const healthy = world.start(['run', '--name', 'training', '--', ...COMMANDS.healthy]);
    await healthy.seen('part 5');
    await loop.finished;
    const ask = async (path: string) => (await fetch(base + path)).json();
    const [incident] = (await ask('/v1/incidents')) as { incident_id: string }[];
    const runs = (await ask('/v1/runs')) as { run_id: string; name: string }[];
    runId = runs.find(({ name }) => name === 'training')?.run_id ?? '';
    const complaints = await lookAt(busy, {
      overview: '/ui/',
      run: `/ui/runs/${runId}`,
      incidents: '/ui/incidents?group=cause',
      incident: `/ui/incidents/${incident?.incident_id}`,
      timeline: '/ui/timeline',
    });
    expect(complaints).toEqual([]);
  });

  it('send at most 160 KB of scripts, compressed, from their own origin', async () => {
    const { page } = await visit(busy, `/ui/runs/${runId}`);
    await page.locator('.plot canvas').first().waitFor();
    const scripts = await page.evaluate<{ name: string; encodedBodySize: number }[]>(SCRIPTS);
    for (const part of ['main', 'run-page', 'charts'])
      expect(scripts.map(({ name }) => name).join()).toContain(`/${part}-`);
    const bytes = scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThanOrEqual(160 * 1024);
  });

  it('run no script that is written into the page', async () => {
    const { page, complaints } = await visit(stage);
    const ran = await page.evaluate(PLANT_SCRIPT);
    expect(ran).toBe(false);
    expect(complaints.join()).toMatch(/Content Security Policy|TrustedScript/);
    expect(await page.content()).not.toContain(KEY);
  });
});

// Every page, in both themes, for everybody: no fault of accessibility, no complaint of the browser.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, faultsOf, launchBrowser, serveDashboard, visit } from '../support/browser.ts';

const PAGES = ['/ui/', '/ui/incidents', '/ui/timeline', '/ui/policy', '/ui/sign-in', '/ui/nowhere'];

describe.skipIf(!CHROMIUM)('the dashboard of a host on which nothing has run', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  it.each(['light', 'dark'] as const)(
    'has no fault and no complaint in the %s theme',
    async (colorScheme) => {
      const { base } = await serveDashboard();
      const { page, complaints } = await visit(browser, { colorScheme });
      for (const path of PAGES) {
        await page.goto(base + path);
        await page.locator('main h1, main h2').first().waitFor();
        expect(await faultsOf(page), path).toEqual([]);
      }
      expect(complaints).toEqual([]);
    },
  );
});

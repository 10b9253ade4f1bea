// Web pages of strangers, in a real browser whose user is signed in and may stop runs: from another site, from another port
// of this host (which a browser takes for the same site), and from a name that was rebound to this host.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, NO_BROWSER, type Stage, setStage, visitSignedIn } from '../support/browser.ts';

const NAME = 'the-secret-job';

interface Target {
  readonly base: string;
  readonly runId: string;
}

/** What a page of a stranger tries, by name. */
const SCRIPT = readFileSync(join(import.meta.dirname, '../fixtures/stranger/attacks.js'), 'utf8');

describe.skipIf(NO_BROWSER)(
  `a page of a stranger ${NO_BROWSER ? `(not tested: ${NO_BROWSER})` : ''}`,
  () => {
    let stage: Stage;
    let stranger: Server;
    let target: Target;
    const strangersPort = () => (stranger.address() as AddressInfo).port;

    beforeAll(async () => {
      stranger = createServer((_, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(
          `<!doctype html><title>kittens</title><body>kittens<script>${SCRIPT}</script>`,
        );
      });
      await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
      // Without what newer browsers do themselves against pages that reach for this host.
      const own =
        'LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessForNavigations';
      stage = await setStage({}, [
        '--host-resolver-rules=MAP evil.test 127.0.0.1',
        `--disable-features=${own}`,
      ]);
      const run = stage.world.start(['run', '--name', NAME, '--', ...COMMANDS.healthy]);
      await run.seen('part 1 ');
      const [job] = await stage.world.json<{ runId: string }[]>('status');
      target = { base: stage.base, runId: job?.runId ?? '' };
    });
    afterAll(async () => {
      await stage.end();
      stranger.close();
    });

    /** A page of the stranger's in a browser whose user is signed in at ours. */
    async function lure(origin: string): Promise<Page> {
      const { context } = await visitSignedIn(stage);
      const lured = await context.newPage();
      await lured.goto(origin);
      return lured;
    }

    async function expectUnharmed(): Promise<void> {
      const runs =
        await stage.world.json<{ runId: string; phase: string; attempt: number }[]>('status');
      expect(runs).toMatchObject([{ runId: target.runId, phase: 'running', attempt: 1 }]);
      const audit = await stage.world.json<{ action: string | null }[]>(
        'timeline',
        '--type',
        'audit',
      );
      expect(audit.filter(({ action }) => action !== 'AUTH_REFUSED')).toEqual([]);
    }

    describe.each([
      ['another site', () => `http://evil.test:${strangersPort()}/`],
      ['another port of this host', () => `http://127.0.0.1:${strangersPort()}/`],
    ])('on %s', (_, origin) => {
      it('reads nothing and stops nothing, whatever it tries', async () => {
        const page = await lure(origin());
        const names = await page.evaluate<string[]>('[...attacks.keys()]');
        expect(names.length).toBeGreaterThan(8);
        for (const name of names) {
          const asked = `attacks.get(${JSON.stringify(name)})(${JSON.stringify(target)})`;
          const read = await page.evaluate<string>(asked);
          const hasRead = read.includes(target.runId) || read.includes(NAME);
          expect({ name, hasRead }).toEqual({ name, hasRead: false });
        }
        await expectUnharmed();
      }, 30_000);
    });

    it('whose name was rebound to this host gets nothing from any path', async () => {
      const rebound = stage.base.replace('127.0.0.1', 'evil.test');
      const { context } = await visitSignedIn(stage);
      const lured = await context.newPage();
      // Served by the stranger, before the name leads to us.
      await lured.route(`${rebound}/lure`, (route) =>
        route.fulfill({ contentType: 'text/html', body: 'kittens' }),
      );
      await lured.goto(`${rebound}/lure`);
      const ask = (path: string, method: string) =>
        lured.evaluate<[number, string], [string, string]>(
          async ([to, how]) => {
            const body =
              how === 'POST' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
            const answer = await fetch(to, { method: how, credentials: 'include', ...body });
            return [answer.status, await answer.text()];
          },
          [path, method],
        );
      const paths = [
        ...['/', '/ui/', '/healthz', '/readyz', '/metrics', '/timeline', '/v1/runs', '/stream'].map(
          (it) => [it, 'GET'],
        ),
        ...['/process/kill', '/process/restart', `/v1/runs/${target.runId}/stop`].map((it) => [
          it,
          'POST',
        ]),
      ] as [string, string][];
      for (const [path, method] of paths) {
        const [status, text] = await ask(path, method);
        expect({ path, isRefused: status === 421 || status === 403 }).toEqual({
          path,
          isRefused: true,
        });
        expect(text).not.toContain(NAME);
      }
      await expectUnharmed();
    });

    it('of our own may, so that all this was not refused for another reason', async () => {
      const { page } = await visitSignedIn(stage);
      const read = await page.evaluate(async () => (await fetch('/v1/runs')).text());
      expect(read).toContain(NAME);
    });
  },
);

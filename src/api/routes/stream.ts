// Follows what happens, live.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { streamHeaders, streamQuery } from '../../contract/stream.ts';
import type { ControlStatus } from '../../core/control.ts';
import { isActive } from '../live-runs.ts';
import { type Api, PROBLEMS, type Prefix } from '../route.ts';
import type { Stream } from '../stream.ts';
import type { ApiWorld } from '../world.ts';

export function addStream(
  api: Api,
  { stream, world }: { stream: Stream; world: ApiWorld },
  prefix: Prefix,
): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/stream`,
    summary: 'Server-sent events: a snapshot, then every event; resumes after Last-Event-ID',
    request: { query: streamQuery, headers: streamHeaders },
    responses: {
      200: { description: 'the events', content: { 'text/event-stream': { schema: z.string() } } },
      ...PROBLEMS,
    },
  });
  api.openapi(route, async (c) => {
    const { topics, run_id = null, last_event_id } = c.req.valid('query');
    const resumed = c.req.valid('header')['last-event-id'];
    const after = resumed === undefined ? (last_event_id ?? null) : Number(resumed);
    const isAsked = (run: ControlStatus) => run_id === null || run.runId === run_id;
    const { answering } = await world.runs.list();
    const runs = answering.filter((run) => isActive(run) && isAsked(run));
    const active = runs.map(({ runId, name, phase, attempt, pid }) => {
      return { run_id: runId, name, phase, attempt, pid };
    });
    c.header('Content-Type', 'text/event-stream; charset=utf-8');
    c.header('Cache-Control', 'no-cache, no-store, no-transform');
    c.header('X-Accel-Buffering', 'no');
    // Who asks for the headers alone follows nothing, and would never leave.
    if (c.req.method === 'HEAD') return c.body(null, 200) as never;
    const snapshot = (seq: number) => ({ seq, runs: active });
    const asked = { topics, runId: run_id, after, snapshot, holds: c.get('holds') };
    return c.body(stream.open(asked), 200) as never;
  });
}

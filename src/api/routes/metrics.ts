// Metrics for a scraper: Prometheus text, or OpenMetrics for who asks for it.

import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Expose } from '../../ports.ts';
import type { Metrics } from '../metrics.ts';
import { type Api, PROBLEMS, type Prefix } from '../route.ts';
import type { Stream } from '../stream.ts';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

export function addMetrics(
  api: Api,
  { metrics, stream, expose }: { metrics: Metrics; stream: Stream; expose: Expose },
  prefix: Prefix,
): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/metrics`,
    summary: 'Metrics in Prometheus text 0.0.4, or OpenMetrics by `Accept`',
    responses: {
      200: { description: 'the metrics', content: { 'text/plain': { schema: z.string() } } },
      ...PROBLEMS,
    },
  });
  api.openapi(route, async (c) => {
    const isOpen = (c.req.header('accept') ?? '').includes('application/openmetrics-text');
    const families = await metrics.families(stream.clientCount);
    c.header('Content-Type', isOpen ? OPENMETRICS : PROMETHEUS);
    return c.body(expose(families, isOpen ? 'openmetrics' : 'prometheus'), 200) as never;
  });
}

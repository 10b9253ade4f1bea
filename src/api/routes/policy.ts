// The policy in force where the API answers, and where each of its values came from.

import { createRoute } from '@hono/zod-openapi';
import { policy } from '../../contract/policy.ts';
import { type Api, json, PROBLEMS, type Prefix } from '../route.ts';
import type { ApiWorld } from '../world.ts';

export function addPolicy(api: Api, { settings }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'get',
    path: `${prefix}/policy`,
    summary: 'Every setting with its value and where it came from; keys are not among them',
    responses: { 200: json(policy, 'the settings'), ...PROBLEMS },
  });
  api.openapi(route, (c) => c.json({ settings: settings.policy().map((it) => ({ ...it })) }, 200));
}

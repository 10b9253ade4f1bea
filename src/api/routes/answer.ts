// Takes a person's answer to an incident: it was right, or a false alarm.

import { createRoute } from '@hono/zod-openapi';
import { answerBody } from '../../contract/answer.ts';
import { incident } from '../../contract/incident.ts';
import { byId } from '../../contract/listing.ts';
import { ApiProblem, PROBLEM_RESPONSE } from '../problem.ts';
import { type Api, json, PROBLEMS, type Prefix } from '../route.ts';
import type { ApiWorld } from '../world.ts';
import { tellIncident } from './evidence.ts';

export function addAnswer(api: Api, { reader, answer }: ApiWorld, prefix: Prefix): void {
  const route = createRoute({
    method: 'post',
    path: `${prefix}/incidents/{id}/answer`,
    summary: 'Say whether an incident was right or a false alarm; the latest answer holds',
    security: [{ bearer: [] }],
    request: {
      params: byId,
      body: { required: true, content: { 'application/json': { schema: answerBody } } },
    },
    responses: {
      200: json(incident, 'the incident with its answer'),
      ...PROBLEMS,
      413: PROBLEM_RESPONSE,
      415: PROBLEM_RESPONSE,
    },
  });
  api.openapi(route, (c) => {
    const found = reader.incident(c.req.valid('param').id);
    if (!found) throw new ApiProblem('FF_NOT_FOUND', 'there is no such incident');
    const { verdict, note = '' } = c.req.valid('json');
    const key = c.get('principal');
    if (key === null) throw new ApiProblem('FF_UNAUTHENTICATED', 'answering needs a key');
    answer(found, { verdict, note, actor: `api-key:${key}` });
    const told = reader.incident(found.id);
    if (told?.verdict !== verdict) {
      throw new ApiProblem('FF_STORE_UNAVAILABLE', 'the answer could not be recorded');
    }
    return c.json(tellIncident(told), 200);
  });
}

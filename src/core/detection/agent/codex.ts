// Events of `codex exec --json`: items are started and completed; tokens are told once per turn.

import type { AgentEvent } from './agent-event.ts';
import { hashOf, isWaiting, type JsonObject, listAt, numberAt, objectAt, textAt } from './json.ts';

/** Whether an object is an event of this stream that no other stream has. */
export const isCodexEvent = (event: JsonObject): boolean =>
  /^(?:thread\.started|turn\.(?:started|completed|failed)|item\.(?:started|updated|completed))$/.test(
    textAt(event, 'type'),
  );

export function codexEvents(event: JsonObject): readonly AgentEvent[] {
  const type = textAt(event, 'type');
  if (type === 'turn.completed') return turnUsage(objectAt(event, 'usage'));
  if (type !== 'item.completed') return [];
  const item = objectAt(event, 'item');
  switch (textAt(item, 'type')) {
    case 'command_execution':
      return ran(item, 'command', textAt(item, 'command'), [
        item['aggregated_output'],
        item['exit_code'],
      ]);
    case 'mcp_tool_call':
      return ran(item, `${textAt(item, 'server')}.${textAt(item, 'tool')}`, item['arguments'], [
        item['result'],
        item['error'],
      ]);
    case 'web_search':
      return ran(item, 'web_search', item['query'], []);
    case 'agent_message':
      return [{ type: 'said', textHash: hashOf(textAt(item, 'text')) }];
    case 'todo_list':
      // A plan that moves on is new; the same plan again is not.
      return [{ type: 'said', textHash: hashOf(listAt(item, 'items')) }];
    case 'file_change':
      return textAt(item, 'status') === 'failed' ? [] : [{ type: 'progress' }];
    default:
      return [];
  }
}

/** A call and its result at once: the stream tells both when the item is complete. */
function ran(
  item: JsonObject,
  name: string,
  given: unknown,
  got: readonly unknown[],
): readonly AgentEvent[] {
  const id = textAt(item, 'id');
  const command = typeof given === 'string' ? given : '';
  return [
    {
      type: 'call',
      id,
      turn: id,
      name,
      argumentsHash: hashOf(given),
      waits: isWaiting(name, command),
    },
    {
      type: 'result',
      id,
      resultHash: hashOf(got),
      isError: textAt(item, 'status') === 'failed' || numberAt(item, 'exit_code') !== 0,
    },
  ];
}

function turnUsage(usage: JsonObject): readonly AgentEvent[] {
  const tokens = numberAt(usage, 'input_tokens') + numberAt(usage, 'output_tokens');
  return tokens > 0 ? [{ type: 'usage', turn: '', tokens }] : [];
}

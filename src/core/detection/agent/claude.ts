// Events of `claude -p --output-format stream-json`: one message may be split over several lines, each with
// the usage of the whole message; a message may carry several calls.

import type { AgentEvent } from './agent-event.ts';
import {
  hashOf,
  isObject,
  isWaiting,
  type JsonObject,
  listAt,
  numberAt,
  objectAt,
  textAt,
} from './json.ts';

/** Whether an object is an event of this stream that no other stream has. */
export const isClaudeEvent = (event: JsonObject): boolean => {
  const type = textAt(event, 'type');
  if (type === 'system') return textAt(event, 'subtype') === 'init';
  return (type === 'assistant' || type === 'user') && isObject(event['message']);
};

export function claudeEvents(event: JsonObject): readonly AgentEvent[] {
  const message = objectAt(event, 'message');
  switch (textAt(event, 'type')) {
    case 'assistant':
      return [
        ...listAt(message, 'content').flatMap((block) => called(message, block)),
        ...usage(message),
      ];
    case 'user':
      return listAt(message, 'content').flatMap(answered);
    case 'result':
      return [
        {
          type: 'cost',
          session: textAt(event, 'session_id'),
          usd: numberAt(event, 'total_cost_usd'),
        },
      ];
    default:
      return [];
  }
}

function called(message: JsonObject, block: unknown): readonly AgentEvent[] {
  if (!isObject(block)) return [];
  const text = textAt(block, 'text');
  if (block['type'] === 'text')
    return text === '' ? [] : [{ type: 'said', textHash: hashOf(text) }];
  if (block['type'] !== 'tool_use') return [];
  const name = textAt(block, 'name');
  const input = objectAt(block, 'input');
  return [
    {
      type: 'call',
      id: textAt(block, 'id'),
      turn: textAt(message, 'id'),
      name,
      argumentsHash: hashOf(input),
      waits: isWaiting(name, textAt(input, 'command')),
    },
  ];
}

function answered(block: unknown): readonly AgentEvent[] {
  if (!isObject(block) || block['type'] !== 'tool_result') return [];
  const isError = block['is_error'] === true;
  return [
    {
      type: 'result',
      id: textAt(block, 'tool_use_id'),
      resultHash: hashOf(block['content']),
      isError,
    },
  ];
}

function usage(message: JsonObject): readonly AgentEvent[] {
  const figures = objectAt(message, 'usage');
  const tokens =
    numberAt(figures, 'input_tokens') +
    numberAt(figures, 'cache_creation_input_tokens') +
    numberAt(figures, 'cache_read_input_tokens') +
    numberAt(figures, 'output_tokens');
  return tokens > 0 ? [{ type: 'usage', turn: textAt(message, 'id'), tokens }] : [];
}

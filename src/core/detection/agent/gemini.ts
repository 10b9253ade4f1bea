// Events of `gemini -o stream-json`: calls and results as events of their own; figures only at the end.

import type { AgentEvent } from './agent-event.ts';
import { hashOf, isWaiting, type JsonObject, numberAt, objectAt, textAt } from './json.ts';

/** Whether an object is an event of this stream that no other stream has. */
export const isGeminiEvent = (event: JsonObject): boolean => {
  const type = textAt(event, 'type');
  if (type === 'init') return 'session_id' in event && 'model' in event;
  return type === 'tool_use' && 'tool_name' in event;
};

export function geminiEvents(event: JsonObject): readonly AgentEvent[] {
  switch (textAt(event, 'type')) {
    case 'tool_use': {
      const name = textAt(event, 'tool_name');
      const parameters = objectAt(event, 'parameters');
      const id = textAt(event, 'tool_id');
      const waits = isWaiting(name, textAt(parameters, 'command'));
      return [{ type: 'call', id, turn: id, name, argumentsHash: hashOf(parameters), waits }];
    }
    case 'tool_result':
      return [
        {
          type: 'result',
          id: textAt(event, 'tool_id'),
          resultHash: hashOf([event['output'], event['error']]),
          isError: textAt(event, 'status') === 'error',
        },
      ];
    case 'message':
      // Deltas are pieces of one message: they are not compared.
      return event['delta'] === true || textAt(event, 'role') === 'user'
        ? []
        : [{ type: 'said', textHash: hashOf(textAt(event, 'content')) }];
    case 'result': {
      const tokens = numberAt(objectAt(event, 'stats'), 'total_tokens');
      return tokens > 0 ? [{ type: 'usage', turn: '', tokens }] : [];
    }
    default:
      return [];
  }
}

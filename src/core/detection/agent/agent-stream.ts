// Recognises an agent's JSON stream by its first lines and turns its lines into events from then on.

import type { AgentEvent, AgentKind } from './agent-event.ts';
import { claudeEvents, isClaudeEvent } from './claude.ts';
import { codexEvents, isCodexEvent } from './codex.ts';
import { geminiEvents, isGeminiEvent } from './gemini.ts';
import { type JsonObject, parseObject } from './json.ts';

interface Adapter {
  readonly kind: AgentKind;
  readonly recognises: (event: JsonObject) => boolean;
  readonly read: (event: JsonObject) => readonly AgentEvent[];
}

const ADAPTERS: readonly Adapter[] = [
  { kind: 'claude', recognises: isClaudeEvent, read: claudeEvents },
  { kind: 'codex', recognises: isCodexEvent, read: codexEvents },
  { kind: 'gemini', recognises: isGeminiEvent, read: geminiEvents },
];

/** Lines of JSON looked at before a stream is taken for ordinary output. */
const LINES_TO_RECOGNISE = 50;

export class AgentStream {
  private adapter: Adapter | null = null;
  private tried = 0;

  /** The agent that writes this stream, as far as recognised. */
  get kind(): AgentKind | null {
    return this.adapter?.kind ?? null;
  }

  /** The events of a line; null when the line is not an agent's and is to be read as text. */
  read(line: string): readonly AgentEvent[] | null {
    if (!line.startsWith('{')) return null;
    if (!this.adapter && this.tried >= LINES_TO_RECOGNISE) return null;
    const event = parseObject(line);
    if (!this.adapter && event) this.recognise(event);
    if (!this.adapter) return null;
    // A line that was cut or is broken is still the agent's: it is not text.
    return event ? this.adapter.read(event) : [];
  }

  private recognise(event: JsonObject): void {
    this.tried++;
    this.adapter = ADAPTERS.find((adapter) => adapter.recognises(event)) ?? null;
  }
}

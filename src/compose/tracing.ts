// Taps what every detector takes in, so that a run can be asked again.

import { availableParallelism, freemem } from 'node:os';
import { basename } from 'node:path';
import { systemClock } from '../adapters/system/clock.ts';
import { keepTrace, writeTrace } from '../adapters/system/trace-store.ts';
import type { Config } from '../config/config.ts';
import type { RunId } from '../core/id.ts';
import { LIMITS } from '../core/limits.ts';
import type { Redactor } from '../core/redaction/redactor.ts';
import type { Command } from '../core/run.ts';
import { createTraceRecorder, type TraceRecorder } from '../core/trace/trace-recorder.ts';
import type { Narrator } from '../ports.ts';
import { tracesBytesMaxAt } from './place.ts';

/** What the host has, for rules that scale with it. */
export function machine(): { cores: number; memoryBytesMax: number } {
  return { cores: availableParallelism(), memoryBytesMax: MEMORY_SHARE_MAX * freemem() };
}

/** A tree that takes more of the memory that was free at its start than this is running out of it. */
const MEMORY_SHARE_MAX = 0.8;

/** Taps the detector of every attempt; keeps the last one's trace: in the state folder, or in full where asked. */
export function createTracing(
  config: Config,
  {
    runId,
    command,
    narrator,
    redactor,
    file,
  }: {
    runId: RunId;
    command: Command;
    narrator: Narrator;
    redactor: Redactor;
    file: string | undefined;
  },
) {
  const began = systemClock.monotonic();
  let recorder: TraceRecorder | null = null;
  return {
    tap(): TraceRecorder {
      recorder = createTraceRecorder({
        text: file === undefined ? 'none' : 'full',
        cores: availableParallelism(),
        about: { run: runId, program: basename(command.argv[0]) },
        redact: (text) => redactor.text(text),
        charsMax: file === undefined ? LIMITS.traceCharsMax : LIMITS.recordCharsMax,
      });
      return recorder;
    },
    keep(): void {
      if (!recorder) return;
      try {
        if (file !== undefined) writeTrace(file, recorder.text());
        else if (systemClock.monotonic() - began >= LIMITS.traceFromMs) {
          const bytesMax = tracesBytesMaxAt(config);
          keepTrace(config.stateDir, { runId, text: recorder.text(), bytesMax });
        }
      } catch (error) {
        narrator.say(
          `the trace could not be written: ${error instanceof Error ? error.message : error}`,
        );
      }
    },
  };
}

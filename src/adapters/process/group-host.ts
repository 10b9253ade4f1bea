// Supervision without a shim: the leader gets a session of its own, Node passes its output on, and the tree is
// held together by looking. Says so: containment `group`, proof `scan`.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Stream } from '../../core/detection/sample.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Signal, SignalScope } from '../../core/run.ts';
import type { Clock, ProcessHost, SpawnOrder, Tree, TreeFact } from '../../ports.ts';
import { GroupMembers } from './group-members.ts';
import { OutputPump } from './output-pump.ts';
import type { ProcStat } from './process.ts';
import { readStat } from './process-table.ts';
import { TreeSampler } from './tree-sampler.ts';

/** Where the output of a tree goes. */
export interface Outputs {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** How often a tree that is about to end is looked at. */
const LOOK_EVERY_MS = 20;
const KILL_EVERY_MS = 5;

export function createGroupHost(clock: Clock, outputs: Outputs): ProcessHost {
  return {
    containment: 'group',
    spawn: (order, tell) => new GroupTree(order, tell, clock, outputs),
  };
}

class GroupTree implements Tree {
  readonly containment = 'group';
  readonly #tell: (fact: TreeFact) => void;
  readonly #clock: Clock;
  readonly #members: GroupMembers;
  readonly #sampler: TreeSampler;
  #leaderPid = 0;
  #isStopOrdered = false;
  #isVacated = false;
  #killing = false;
  #released = false;
  #leaderGone = false;
  #drained = false;

  constructor(order: SpawnOrder, tell: (fact: TreeFact) => void, clock: Clock, outputs: Outputs) {
    this.#tell = tell;
    this.#clock = clock;
    this.#members = new GroupMembers(order.runId);
    this.#sampler = new TreeSampler({
      members: () => this.#members.alive(false),
      reapedCpuMs: () => 0,
      now: () => clock.monotonic(),
    });
    this.#start(order, outputs);
  }

  signal(signal: Signal, scope: SignalScope): void {
    if (scope === 'tree') this.#isStopOrdered = true;
    const isMeant = {
      tree: () => true,
      group: (stat: ProcStat) => stat.pgid === this.#leaderPid,
      leader: (stat: ProcStat) => stat.pid === this.#leaderPid,
    }[scope];
    this.#tell({ type: 'signalled', signals: this.#members.signal(signal, isMeant) });
  }

  kill(): void {
    this.#isStopOrdered = true;
    if (this.#killing || this.#isVacated) return;
    this.#killing = true;
    this.#killUntilEmpty();
  }

  sample() {
    return this.#sampler.sample();
  }

  cpuMs(): number {
    return this.#sampler.cpuMs();
  }

  survivors(): readonly number[] {
    return this.#members.alive(true).map((stat) => stat.pid);
  }

  release(): void {
    this.#released = true;
  }

  #start(order: SpawnOrder, outputs: Outputs): void {
    const [program, ...args] = order.command.argv;
    const child = spawn(program, args, {
      cwd: order.command.cwd,
      env: order.environment,
      stdio: ['inherit', 'pipe', 'pipe'],
      detached: true,
    });
    child.once('spawn', () => this.#spawned(child));
    child.once('error', (error) => this.#failed(error, order));
    child.once('exit', (code, signal) => this.#leaderExited(code, signal));
    child.once('close', () => {
      this.#drained = true;
    });
    this.#pass(child, 'stdout', outputs.stdout);
    this.#pass(child, 'stderr', outputs.stderr);
  }

  #pass(child: ChildProcess, stream: Stream, target: Writable): void {
    const source = child[stream];
    if (source) new OutputPump({ stream, source, target, tell: this.#tell, clock: this.#clock });
  }

  #spawned(child: ChildProcess): void {
    const pid = child.pid ?? 0;
    this.#leaderPid = pid;
    this.#members.add(pid);
    this.#tell({ type: 'spawned', pid, startTicks: readStat(pid)?.startTicks ?? 0 });
  }

  #failed(error: Error, order: SpawnOrder): void {
    const { cwd, argv } = order.command;
    const code = 'code' in error ? error.code : '';
    if (!existsSync(cwd)) {
      const message = `the working directory is gone: ${cwd}`;
      this.#tell({ type: 'spawn-failed', failure: 'failed', message });
    } else if (code === 'ENOENT') {
      const message = `command not found: ${argv[0]}`;
      this.#tell({ type: 'spawn-failed', failure: 'not-found', message });
    } else if (code === 'EACCES' || code === 'ENOEXEC' || code === 'EISDIR') {
      const message = `not executable: ${argv[0]}`;
      this.#tell({ type: 'spawn-failed', failure: 'not-executable', message });
    } else {
      this.#tell({ type: 'spawn-failed', failure: 'failed', message: error.message });
    }
  }

  #leaderExited(code: number | null, signal: string | null): void {
    this.#leaderGone = true;
    const exit =
      signal === null
        ? { type: 'exited' as const, code: code ?? 0 }
        : { type: 'signaled' as const, signal };
    this.#tell({ type: 'leader-exited', exit });
    this.#waitUntilEmpty();
  }

  #waitUntilEmpty(): void {
    if (this.#killing || this.#released) return;
    if (this.#members.alive(true).length === 0) this.#vacated();
    else this.#clock.after(LOOK_EVERY_MS, () => this.#waitUntilEmpty());
  }

  #killUntilEmpty(): void {
    const signals = this.#members.signal('SIGKILL');
    if (signals.length > 0) this.#tell({ type: 'signalled', signals });
    const done = this.#leaderGone && signals.length === 0;
    if (done) this.#vacated();
    else this.#clock.after(KILL_EVERY_MS, () => this.#killUntilEmpty());
  }

  #vacated(): void {
    this.#isVacated = true;
    this.#tell({ type: 'vacated' });
    this.#drain(0);
  }

  /** A reader of the output who is slow gets the rest of it; one who stands in the way of a stop does not. */
  #drain(waitedMs: number): void {
    const isEnough = this.#isStopOrdered && waitedMs >= LIMITS.drainMs;
    if (this.#drained || isEnough) this.#tell({ type: 'emptied', proof: 'scan' });
    else this.#clock.after(KILL_EVERY_MS, () => this.#drain(waitedMs + KILL_EVERY_MS));
  }
}

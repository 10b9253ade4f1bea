// Supervision through the shim: it passes the output on, reaps, kills, and proves that nothing is left.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { SignalSent } from '../../core/event.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ExitStatus, Signal, SignalScope } from '../../core/run.ts';
import type { Clock, ProcessHost, SpawnOrder, Tree, TreeFact } from '../../ports.ts';
import { GroupMembers } from './group-members.ts';
import { readStat } from './proc-fs.ts';
import { TreeSampler } from './sampler-linux.ts';
import { OutputCopy } from './shim-copy.ts';
import { startFailure } from './shim-failure.ts';
import { killWithoutShim, restoreTerminal } from './shim-loss.ts';
import {
  encodeOrder,
  ReportReader,
  SHIM_PROTOCOL_VERSION,
  type ShimOrder,
  type ShimReport,
} from './shim-wire.ts';
import { becomeSubreaper } from './subreaper.ts';
import { walkTree } from './tree-walk.ts';

export interface ShimHostOptions {
  /** Path of the shim's program. */
  readonly path: string;
  readonly clock: Clock;
  /** File descriptors the output goes to. */
  readonly stdout: number;
  readonly stderr: number;
  /** Signals that the job shall start with ignored, as we were: bit n-1 for signal n. */
  readonly ignoredSignals: bigint;
}

/** How long the last copies may take to arrive once the shim has ended. */
const LAST_COPIES_MS = 500;

/** A host that starts each command under a shim of its own. Linux only; `path` must exist. */
export function createShimHost(options: ShimHostOptions): ProcessHost {
  return { containment: 'shim', spawn: (order, tell) => new ShimTree(order, tell, options) };
}

class ShimTree implements Tree {
  readonly containment: Tree['containment'];
  readonly #order: SpawnOrder;
  readonly #tell: (fact: TreeFact) => void;
  readonly #options: ShimHostOptions;
  readonly #shim: ChildProcess;
  readonly #lifeLine: Socket;
  readonly #copies: Readonly<Record<'stdout' | 'stderr', OutputCopy>>;
  readonly #reports = new ReportReader();
  readonly #sampler: TreeSampler;
  /** Needed only when the shim dies: who was seen, and who carries the run's id. */
  readonly #members: GroupMembers;
  #signals: SignalSent[] = [];
  #reportedCpuMs = 0;
  #leaderPid = 0;
  #keeperPid = 0;
  #hasTerminal = false;
  #isStopOrdered = false;
  #isVacated = false;
  #isEnded = false;
  #isReleased = false;
  #leaderGone = false;

  constructor(order: SpawnOrder, tell: (fact: TreeFact) => void, options: ShimHostOptions) {
    this.containment = order.isolate ? 'pidns' : 'shim';
    this.#order = order;
    this.#tell = tell;
    this.#options = options;
    this.#members = new GroupMembers(order.runId);
    this.#sampler = new TreeSampler({
      members: () => this.#alive(),
      reapedCpuMs: () => this.#reapedCpuMs(),
      now: () => options.clock.monotonic(),
    });
    this.#shim = this.#start();
    const [, , , lifeLine, stdout, stderr] = this.#shim.stdio as unknown as Socket[];
    this.#lifeLine = this.#follow(lifeLine as Socket);
    this.#copies = {
      stdout: this.#copy('stdout', stdout as Socket),
      stderr: this.#copy('stderr', stderr as Socket),
    };
  }

  signal(signal: Signal, scope: SignalScope): void {
    const isPause = signal === 'SIGSTOP' || signal === 'SIGCONT';
    if (scope === 'tree' && !isPause) this.#isStopOrdered = true;
    this.#send({ type: 'signal', signal, scope });
  }

  kill(): void {
    this.#isStopOrdered = true;
    if (this.#isVacated) this.#endWithin(0);
    else this.#send({ type: 'kill' });
  }

  sample() {
    return this.#sampler.sample();
  }

  survivors(): readonly number[] {
    return this.#alive().map((stat) => stat.pid);
  }

  release(): void {
    this.#isReleased = true;
    this.#send({ type: 'release' });
    this.#lifeLine.end();
    this.#copies.stdout.close();
    this.#copies.stderr.close();
    this.#shim.unref();
  }

  #start(): ChildProcess {
    const { path, stdout, stderr, ignoredSignals } = this.#options;
    const { command, environment, isolate, pty } = this.#order;
    const space = isolate ? 'isolated' : 'shared';
    const words = [String(SHIM_PROTOCOL_VERSION), pty, space, ignoredSignals.toString(16), '--'];
    const shim = spawn(path, [...words, ...command.argv], {
      cwd: command.cwd,
      env: environment,
      stdio: ['inherit', stdout, stderr, 'pipe', 'pipe', 'pipe'],
    });
    // While the command starts: it need not wait for this.
    becomeSubreaper();
    shim.once('error', (error) => this.#failed(error));
    shim.once('exit', () => this.#shimEnded());
    return shim;
  }

  #follow(lifeLine: Socket): Socket {
    lifeLine.on('error', () => {});
    return lifeLine.on('data', (chunk: Buffer) => {
      try {
        for (const report of this.#reports.read(chunk)) this.#take(report);
      } catch {
        this.#shim.kill('SIGKILL'); // it is not our shim, or not itself any more
      }
    });
  }

  #copy(stream: 'stdout' | 'stderr', socket: Socket): OutputCopy {
    const { clock } = this.#options;
    return new OutputCopy({ stream, socket, clock, tell: (fact) => this.#tell(fact) });
  }

  #send(order: ShimOrder): void {
    if (this.#lifeLine.writable) this.#lifeLine.write(encodeOrder(order));
  }

  #alive() {
    const stats = walkTree([this.#shim.pid ?? 0], false).filter(
      (stat) => stat.pid !== this.#keeperPid,
    );
    for (const stat of stats) this.#members.remember(stat);
    return stats;
  }

  /** The kernel adds up, in whoever reaps, what the reaped have used: fresher than any report. */
  #reapedCpuMs(): number {
    const reapers = [this.#shim.pid ?? 0, this.#keeperPid].filter((pid) => pid > 0);
    const live = reapers.reduce((sum, pid) => sum + (readStat(pid)?.childrenCpuMs ?? 0), 0);
    return Math.max(live, this.#reportedCpuMs);
  }

  #take(report: ShimReport): void {
    switch (report.type) {
      case 'hello':
        this.#hasTerminal = report.hasTerminal;
        break;
      case 'began':
        this.#began(report);
        break;
      case 'failed':
        this.#isEnded = true;
        this.#tell(startFailure(this.#order, report));
        break;
      case 'leader-ended':
        this.#leaderEnded(report.exit);
        break;
      case 'leader-suspended':
        this.#tell(report);
        break;
      case 'usage':
        this.#reportedCpuMs = report.cpuMs;
        break;
      case 'signalled':
        if (this.#signals.length < LIMITS.signalsRecordedMax) this.#signals.push(report.sent);
        break;
      case 'order-done':
        this.#tell({ type: 'signalled', signals: this.#signals.splice(0) });
        break;
      case 'empty':
        this.#empty();
        break;
      case 'stream-ended':
        this.#copies[report.stream].streamEnded(report.passedBytes);
        break;
      case 'goodbye':
        this.#end();
        break;
    }
  }

  #began({ pid, startTicks, keeperPid }: Extract<ShimReport, { type: 'began' }>): void {
    this.#leaderPid = pid;
    this.#keeperPid = keeperPid;
    this.#members.add(pid);
    this.#tell({ type: 'spawned', pid, startTicks });
  }

  #leaderEnded(exit: ExitStatus): void {
    this.#leaderGone = true;
    this.#tell({ type: 'leader-exited', exit });
  }

  /** Nobody is left. A slow reader of the output gets the rest of it; one who stands in the way of a stop does not. */
  #empty(): void {
    this.#isVacated = true;
    this.#tell({ type: 'vacated' });
    if (this.#isStopOrdered) this.#endWithin(LIMITS.drainMs);
  }

  #endWithin(durationMs: number): void {
    this.#options.clock.after(durationMs, () => this.#end());
  }

  /** The copies have come by sockets of their own: what is still in them is read before the tree is over. */
  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#lifeLine.destroy();
    const { stdout, stderr } = this.#copies;
    let isTold = false;
    const told = (): void => {
      if (isTold) return;
      isTold = true;
      stdout.close();
      stderr.close();
      this.#tell({ type: 'emptied', proof: this.#order.isolate ? 'pidns' : 'echild' });
    };
    stdout.finish(() => stderr.finish(told));
    this.#options.clock.after(LAST_COPIES_MS, told);
  }

  #shimEnded(): void {
    // What the shim said last may still be unread; only its silence after that means that it was lost.
    const judge = (): void => {
      if (this.#isEnded || this.#isReleased) return;
      this.#isEnded = true;
      if (this.#leaderPid === 0) this.#tell(startFailure(this.#order, null));
      else this.#loseShim();
    };
    if (this.#lifeLine.closed) judge();
    else this.#lifeLine.once('close', judge);
  }

  #loseShim(): void {
    if (this.#hasTerminal) restoreTerminal();
    this.#tell({ type: 'host-lost', message: 'the shim was killed' });
    killWithoutShim({
      members: this.#members,
      clock: this.#options.clock,
      signalled: (signals) => this.#tell({ type: 'signalled', signals }),
      emptied: () => {
        this.#copies.stdout.close();
        this.#copies.stderr.close();
        if (!this.#leaderGone) this.#leaderEnded({ type: 'signaled', signal: 'SIGKILL' });
        this.#tell({ type: 'emptied', proof: 'scan' });
      },
    });
  }

  #failed(error: Error): void {
    this.#isEnded = true;
    const { cwd } = this.#order.command;
    const message = existsSync(cwd)
      ? `the shim could not be started: ${error.message}`
      : `the working directory is gone: ${cwd}`;
    this.#tell({ type: 'spawn-failed', failure: 'failed', message });
  }
}

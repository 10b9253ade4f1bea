// Supervision through the shim: it passes the output on, reaps, kills, and proves that nothing is left.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import type { SignalSent } from '../../core/event.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ExitStatus, Signal, SignalScope } from '../../core/run.ts';
import type { Cancel, Clock, ProcessHost, SpawnOrder, Tree, TreeFact } from '../../ports.ts';
import { GroupMembers } from './group-members.ts';
import { childPids, readStat } from './proc-fs.ts';
import { TreeSampler } from './sampler-linux.ts';
import { startFailure } from './shim-failure.ts';
import { CopyReader, ReportReader, SHIM_PROTOCOL_VERSION, type ShimReport } from './shim-wire.ts';
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
  /** Soft limit of open files that the job shall start with; null: ours. */
  readonly openFiles: number | null;
  /** Whether the jobs get a PID namespace of their own. It must be known that one can be had. */
  readonly isolate: boolean;
}

/** How often a tree whose shim died is killed again until it is empty. */
const KILL_EVERY_MS = 5;
const SUBREAPER_AFTER_MS = 15;
const BUDGET_PERIOD_MS = 1000;
/** How long the last copies may take to arrive once the shim has ended. */
const LAST_COPIES_MS = 500;
/** A leader that is stopped for longer is stopped: a shorter stop has been answered by the time we hear of it. */
const SUSPENDED_FOR_MS = 20;

export function createShimHost(options: ShimHostOptions): ProcessHost {
  return {
    containment: options.isolate ? 'pidns' : 'shim',
    spawn: (order, tell) => new ShimTree(order, tell, options),
  };
}

class ShimTree implements Tree {
  readonly containment: 'pidns' | 'shim';
  readonly #tell: (fact: TreeFact) => void;
  readonly #options: ShimHostOptions;
  readonly #shim: ChildProcess;
  readonly #reports = new ReportReader();
  readonly #sampler: TreeSampler;
  /** Needed only when the shim dies: who was seen, and who carries the run's id. */
  readonly #members: GroupMembers;
  readonly #copies: Readonly<Record<'stdout' | 'stderr', CopyReader>>;
  #signals: SignalSent[] = [];
  #reapedCpuMs = 0;
  #leaderPid = 0;
  #keeperPid = 0;
  #proof: 'echild' | 'pidns' = 'echild';
  #isHeld = false;
  #cancelSuspension: Cancel = () => {};
  #budget: number = LIMITS.analysedBytesPerSecond;
  #isStopOrdered = false;
  #isVacated = false;
  #isEnded = false;
  #isReleased = false;
  #leaderGone = false;

  constructor(order: SpawnOrder, tell: (fact: TreeFact) => void, options: ShimHostOptions) {
    this.#tell = tell;
    this.#options = options;
    this.containment = options.isolate ? 'pidns' : 'shim';
    this.#members = new GroupMembers(order.runId);
    this.#sampler = new TreeSampler({
      members: () => this.#alive(),
      reapedCpuMs: () => this.#reapedCpuMs,
      now: () => options.clock.monotonic(),
    });
    this.#copies = { stdout: this.#copyReader('stdout'), stderr: this.#copyReader('stderr') };
    this.#shim = this.#start(order);
  }

  signal(signal: Signal, scope: SignalScope): void {
    if (signal === 'SIGSTOP') this.#isHeld = true;
    else if (signal === 'SIGCONT') this.#isHeld = false;
    else if (scope === 'tree') this.#isStopOrdered = true;
    this.#order(`signal ${constants.signals[signal]} ${scope}`);
  }

  kill(): void {
    this.#isStopOrdered = true;
    this.#shim.kill('SIGCONT'); // its job may have stopped it
    if (this.#isVacated) this.#endWithin(0);
    else this.#order('kill');
  }

  sample() {
    return this.#sampler.sample();
  }

  survivors(): readonly number[] {
    return this.#alive().map((stat) => stat.pid);
  }

  release(): void {
    this.#isReleased = true;
    this.#order('release');
    this.#shim.unref();
  }

  #start(order: SpawnOrder): ChildProcess {
    const { path, stdout, stderr, ignoredSignals, openFiles, isolate } = this.#options;
    const flags = [`--pty=${order.pty}`, `--ignore=${ignoredSignals.toString(16)}`];
    if (openFiles !== null) flags.push(`--open-files=${openFiles}`);
    if (isolate) flags.push('--isolate');
    const shim = spawn(path, [...flags, '--', ...order.command.argv], {
      cwd: order.command.cwd,
      env: order.environment,
      stdio: ['inherit', stdout, stderr, 'pipe', 'pipe', 'pipe'],
    });
    // Loading it takes a moment, which a command that ends at once need not wait for.
    const subreaping = this.#options.clock.after(SUBREAPER_AFTER_MS, becomeSubreaper);
    shim.once('exit', subreaping);
    shim.once('error', (error) => this.#failed(order, error));
    shim.once('exit', () => this.#shimEnded(order));
    const [, , , lifeLine, copyOfStdout, copyOfStderr] = shim.stdio as unknown as Socket[];
    lifeLine?.setEncoding('utf8').on('data', (text: string) => this.#hear(text, order));
    lifeLine?.on('error', () => {});
    this.#follow('stdout', copyOfStdout);
    this.#follow('stderr', copyOfStderr);
    return shim;
  }

  #order(line: string): void {
    const lifeLine = this.#shim.stdio[3] as Socket | null | undefined;
    if (lifeLine?.writable) lifeLine.write(`${line}\n`);
  }

  #alive() {
    const stats = walkTree([this.#shim.pid ?? 0], false).filter(
      (stat) => stat.pid !== this.#keeperPid,
    );
    for (const stat of stats) this.#members.remember(stat);
    return stats;
  }

  #hear(text: string, order: SpawnOrder): void {
    for (const report of this.#reports.read(text)) this.#take(report, order);
  }

  #take(report: ShimReport, order: SpawnOrder): void {
    switch (report.type) {
      case 'version':
        if (report.version !== SHIM_PROTOCOL_VERSION) this.#shim.kill('SIGKILL');
        break;
      case 'spawned':
        this.#keeperPid = report.keeperPid;
        this.#spawned(report.pid);
        break;
      case 'failed':
        this.#isEnded = true;
        this.#tell(startFailure(report, order));
        break;
      case 'exited':
        this.#leaderEnded({ type: 'exited', code: report.code });
        break;
      case 'killed':
        this.#leaderEnded({ type: 'signaled', signal: signalName(report.signal) });
        break;
      case 'stopped':
        this.#stopped();
        break;
      case 'usage':
        this.#reapedCpuMs = report.cpuUs / 1000;
        break;
      case 'signalled':
        this.#signals.push({ ...report, signal: signalName(report.signal) });
        break;
      case 'sent':
        this.#tell({ type: 'signalled', signals: this.#signals.splice(0) });
        break;
      case 'empty':
        this.#proof = report.proof;
        this.#empty();
        break;
      case 'drained':
        this.#copies[report.stream].end(report.passedBytes);
        break;
      case 'end':
        this.#end();
        break;
      case 'continued':
        this.#cancelSuspension();
        break;
    }
  }

  #spawned(pid: number): void {
    this.#leaderPid = pid;
    this.#members.add(pid);
    this.#tell({ type: 'spawned', pid, startTicks: readStat(pid)?.startTicks ?? 0 });
  }

  /** A stop that we ordered is a pause; one that is over when it is told is none; another is a person's. */
  #stopped(): void {
    if (this.#isHeld) return;
    this.#cancelSuspension = this.#options.clock.after(SUSPENDED_FOR_MS, () => {
      if (!this.#isHeld) this.#tell({ type: 'leader-suspended' });
    });
  }

  #leaderEnded(exit: ExitStatus): void {
    this.#cancelSuspension();
    this.#leaderGone = true;
    this.#tell({ type: 'leader-exited', exit });
  }

  /** Nobody is left. A reader of the output who is slow gets the rest of the output; one who stands in the way of a stop does not. */
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
    this.#shim.stdio[3]?.destroy();
    this.#budget = Number.POSITIVE_INFINITY;
    const copies = [4, 5].map((fd) => this.#shim.stdio[fd] as Socket | undefined);
    const open = copies.filter((copy) => copy !== undefined && !copy.closed);
    let left = open.length;
    let isTold = false;
    const told = (): void => {
      if (isTold) return;
      isTold = true;
      this.#tell({ type: 'emptied', proof: this.#proof });
    };
    for (const copy of open) {
      copy?.once('close', () => --left === 0 && told());
      copy?.resume();
    }
    if (left === 0) told();
    else this.#options.clock.after(LAST_COPIES_MS, told);
  }

  #shimEnded(order: SpawnOrder): void {
    // What the shim said last may still be unread; only its silence after that means that it was lost.
    const lifeLine = this.#shim.stdio[3] as Socket;
    const judge = (): void => {
      if (this.#isEnded || this.#isReleased) return;
      this.#isEnded = true;
      if (this.#leaderPid === 0) this.#tell(startFailure({ stage: 'start', errno: 0 }, order));
      else this.#loseShim();
    };
    if (lifeLine.closed) judge();
    else lifeLine.once('close', judge);
  }

  #loseShim(): void {
    this.#tell({ type: 'host-lost', message: 'the shim was killed' });
    this.#killWithoutShim();
  }

  /**
   * The leader dies with its shim; the rest came to us if we are a subreaper, and is else found by having been seen
   * and by the run's id.
   */
  #killWithoutShim(): void {
    const subreaper = becomeSubreaper();
    for (const stat of walkTree([process.pid], false)) this.#members.remember(stat);
    for (const pid of childPids(process.pid, 2)) subreaper?.reap(pid);
    const signals = this.#members.signal('SIGKILL');
    if (signals.length > 0) this.#tell({ type: 'signalled', signals });
    if (signals.length > 0) {
      this.#options.clock.after(KILL_EVERY_MS, () => this.#killWithoutShim());
      return;
    }
    if (!this.#leaderGone) this.#leaderEnded({ type: 'signaled', signal: 'SIGKILL' });
    this.#tell({ type: 'emptied', proof: 'scan' });
  }

  #failed(order: SpawnOrder, error: Error): void {
    this.#isEnded = true;
    const { cwd } = order.command;
    const message = existsSync(cwd)
      ? `the shim could not be started: ${error.message}`
      : `the working directory is gone: ${cwd}`;
    this.#tell({ type: 'spawn-failed', failure: 'failed', message });
  }

  #copyReader(stream: 'stdout' | 'stderr'): CopyReader {
    return new CopyReader(
      (bytes) => this.#tell({ type: 'output', stream, bytes }),
      (byteCount) => this.#tell({ type: 'output-skipped', stream, byteCount }),
    );
  }

  /** Reads copies within a budget; while we do not read, the shim passes the output by us. */
  #follow(stream: 'stdout' | 'stderr', copy: Socket | undefined): void {
    copy?.on('error', () => {});
    copy?.on('data', (chunk: Buffer) => {
      this.#copies[stream].read(chunk);
      this.#budget -= chunk.length;
      if (this.#budget > 0) return;
      copy.pause();
      this.#options.clock.after(BUDGET_PERIOD_MS, () => {
        this.#budget = Math.max(this.#budget, LIMITS.analysedBytesPerSecond);
        copy.resume();
      });
    });
  }
}

const NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

const signalName = (number: number): string => NAMES.get(number) ?? `SIG${number}`;

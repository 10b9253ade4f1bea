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
import { readStat } from './process-table.ts';
import { ShimCopies } from './shim-copies.ts';
import { startFailure } from './shim-failure.ts';
import { killWithoutShim } from './shim-loss.ts';
import { ReportReader, SHIM_PROTOCOL_VERSION, type ShimReport } from './shim-wire.ts';
import { adoptedChildren, becomeSubreaper, followOwnChildren } from './subreaper.ts';
import { TreeSampler } from './tree-sampler.ts';
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

const SUBREAPER_AFTER_MS = 15;
/** A leader that is stopped for longer is stopped: a shorter stop has been answered by the time we hear of it. */
const SUSPENDED_FOR_MS = 20;

export function createShimHost(options: ShimHostOptions): ProcessHost {
  followOwnChildren();
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
  readonly #copies: ShimCopies;
  #bystanders: ReadonlySet<number> = new Set();
  #signals: SignalSent[] = [];
  #reapedCpuMs = 0;
  #leaderPid = 0;
  #keeperPid = 0;
  #proof: 'echild' | 'pidns' = 'echild';
  #isHeld = false;
  #cancelSuspension: Cancel = () => {};
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
    this.#shim = this.#start(order);
    this.#copies = this.#follow();
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

  cpuMs(): number {
    return this.#sampler.cpuMs();
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
    const lifeLine = shim.stdio[3] as Socket | undefined;
    lifeLine?.setEncoding('utf8').on('data', (text: string) => this.#hear(text, order));
    lifeLine?.on('error', () => {});
    return shim;
  }

  #follow(): ShimCopies {
    const { clock } = this.#options;
    const [, , , , stdout, stderr] = this.#shim.stdio as (Socket | undefined)[];
    return new ShimCopies({ sockets: { stdout, stderr }, clock, tell: (fact) => this.#tell(fact) });
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
    this.#noteBystanders();
    return stats;
  }

  /** While the shim lives, orphans of its tree go to it: those that are with us now are not of the tree. */
  #noteBystanders(): void {
    const orphans = adoptedChildren();
    const state = readStat(this.#shim.pid ?? 0)?.state ?? 'Z';
    if (state !== 'Z' && state !== 'X') this.#bystanders = new Set(orphans);
  }

  #hear(text: string, order: SpawnOrder): void {
    let reports: ShimReport[] = [];
    try {
      reports = this.#reports.read(text);
    } catch {
      this.#shim.kill('SIGKILL'); // it is not our shim, or not itself any more
    }
    for (const report of reports) this.#take(report, order);
  }

  #take(report: ShimReport, order: SpawnOrder): void {
    switch (report.type) {
      case 'version':
        if (report.version !== SHIM_PROTOCOL_VERSION) this.#shim.kill('SIGKILL');
        break;
      case 'spawned':
        this.#keeperPid = report.keeperPid;
        this.#spawned(report);
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
        this.#signalled(report);
        break;
      case 'sent':
        this.#tell({ type: 'signalled', signals: this.#signals.splice(0) });
        break;
      case 'empty':
        this.#proof = report.proof;
        this.#empty();
        break;
      case 'drained':
        this.#copies.passed(report.stream, report.passedBytes);
        break;
      case 'end':
        this.#end();
        break;
      case 'continued':
        this.#cancelSuspension();
        break;
    }
  }

  #signalled(report: Extract<ShimReport, { type: 'signalled' }>): void {
    if (this.#signals.length >= LIMITS.signalsRecordedMax) return;
    this.#signals.push({ ...report, signal: signalName(report.signal) });
  }

  /** The shim has looked before it waited for the leader: we might find another of that number. */
  #spawned({ pid, startTicks }: Extract<ShimReport, { type: 'spawned' }>): void {
    this.#leaderPid = pid;
    this.#members.remember({ pid, startTicks });
    this.#tell({ type: 'spawned', pid, startTicks });
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
    this.#copies.finish(() => this.#tell({ type: 'emptied', proof: this.#proof }));
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
    killWithoutShim({
      members: this.#members,
      bystanders: this.#bystanders,
      clock: this.#options.clock,
      signalled: (signals) => this.#tell({ type: 'signalled', signals }),
      emptied: () => {
        if (!this.#leaderGone) this.#leaderEnded({ type: 'signaled', signal: 'SIGKILL' });
        this.#tell({ type: 'emptied', proof: 'scan' });
      },
    });
  }

  #failed(order: SpawnOrder, error: Error): void {
    this.#isEnded = true;
    const { cwd } = order.command;
    const message = existsSync(cwd)
      ? `the shim could not be started: ${error.message}`
      : `the working directory is gone: ${cwd}`;
    this.#tell({ type: 'spawn-failed', failure: 'failed', message });
  }
}

const NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

const signalName = (number: number): string => NAMES.get(number) ?? `SIG${number}`;

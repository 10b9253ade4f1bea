// All metrics at an instant.

import type { ControlStatus } from '../core/control.ts';
import { LIMITS } from '../core/limits.ts';
import type { MonotonicMs } from '../core/time.ts';
import type { MetricFamily } from '../ports.ts';
import { EventCounters } from './event-counters.ts';
import { isActive } from './live-runs.ts';
import { Counters, family, gauge, Histograms } from './meter.ts';
import type { Readiness } from './readiness.ts';
import type { ApiWorld } from './world.ts';

export class Metrics {
  readonly #world: ApiWorld;
  readonly #readiness: Readiness;
  readonly #requests = new Counters('flowforge_http_requests_total');
  readonly #durations = new Histograms('flowforge_http_request_duration_seconds');
  readonly #failures = new Counters('flowforge_auth_failures_total');
  readonly #events: EventCounters;
  readonly #since: MonotonicMs;

  constructor(world: ApiWorld, readiness: Readiness) {
    this.#world = world;
    this.#readiness = readiness;
    this.#events = new EventCounters(world.reader);
    this.#since = world.clock.monotonic();
    for (const reason of ['no-key', 'wrong-key', 'scope']) this.#failures.add({ reason }, 0);
  }

  answered(request: { route: string; method: string; status: number; seconds: number }): void {
    const { route, method, status, seconds } = request;
    this.#requests.add({ route, method, status: String(status) });
    this.#durations.observe({ route, method }, seconds);
  }

  refused(reason: string): void {
    this.#failures.add({ reason });
  }

  async families(streamClients: number): Promise<readonly MetricFamily[]> {
    const runs = (await this.#world.runs.list()).answering.filter(isActive);
    this.#events.catchUp();
    const { clock, settings, samplerLagSeconds } = this.#world;
    const uptimeSeconds = (clock.monotonic() - this.#since) / 1000;
    const checks = this.#readiness.checks();
    const checked = checks.map(({ name, state }) => ({
      labels: { check: name },
      value: Number(state !== 'fail'),
    }));
    return [
      family('flowforge_build_info', [{ labels: { version: settings.version }, value: 1 }]),
      gauge('flowforge_uptime_seconds', uptimeSeconds),
      gauge('flowforge_ready', Number(this.#readiness.isReady)),
      family('flowforge_ready_check', checked),
      gauge('flowforge_sampler_lag_seconds', samplerLagSeconds()),
      gauge('flowforge_active_process', Number(runs.some(({ pid }) => pid !== null))),
      gauge('flowforge_runs_active', runs.length),
      ...ofRuns(runs.slice(0, LIMITS.metricRunsMax)),
      ...this.#events.families(),
      gauge('flowforge_audit_last_seq', this.#events.lastSeq),
      this.#requests.family(),
      this.#durations.family(),
      this.#failures.family(),
      gauge('flowforge_sse_clients', streamClients),
    ];
  }
}

function ofRuns(runs: readonly ControlStatus[]): MetricFamily[] {
  const each = (read: (run: ControlStatus) => number) =>
    runs.map((run) => ({ labels: { run_id: run.runId }, value: read(run) }));
  return [
    family(
      'flowforge_run_processes',
      each((run) => run.processCount),
    ),
    family(
      'flowforge_run_memory_bytes',
      each((run) => run.rssBytes),
    ),
    family(
      'flowforge_run_cpu_ratio',
      each((run) => run.cpuPercent / 100),
    ),
  ];
}

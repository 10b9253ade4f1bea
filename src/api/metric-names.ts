// Every metric there is: name, type, labels, meaning. docs/metrics.md lists exactly these.

import type { MetricFamily } from '../ports.ts';

interface Description {
  readonly type: MetricFamily['type'];
  readonly labels: readonly string[];
  readonly help: string;
}

const about = (
  type: Description['type'],
  help: string,
  labels: readonly string[] = [],
): Description => ({ type, help, labels });

export const METRICS = {
  flowforge_build_info: about('gauge', 'Always 1; says which version answers.', ['version']),
  flowforge_uptime_seconds: about('gauge', 'API uptime in seconds.'),
  flowforge_ready: about('gauge', 'Whether every readiness check passes.'),
  flowforge_ready_check: about('gauge', 'Whether one readiness check passes; a warning does.', [
    'check',
  ]),
  flowforge_sampler_lag_seconds: about('gauge', 'How late the last reading was taken.'),
  flowforge_active_process: about('gauge', 'Whether a supervised process is active.'),
  flowforge_runs_active: about('gauge', 'Runs that are alive on this host.'),
  flowforge_run_processes: about('gauge', 'Processes in the tree of an active run.', ['run_id']),
  flowforge_run_memory_bytes: about('gauge', 'Memory of the tree of an active run.', ['run_id']),
  flowforge_run_cpu_ratio: about('gauge', 'CPU of the tree of an active run; 1 is one core.', [
    'run_id',
  ]),
  flowforge_runs_total: about('counter', 'Runs that ended, by how.', ['outcome']),
  flowforge_incidents_total: about('counter', 'Incidents opened, by the rule that found them.', [
    'detector',
  ]),
  flowforge_actions_total: about('counter', 'Actions on runs, by what became of them.', [
    'action',
    'outcome',
  ]),
  flowforge_intervention_duration_seconds: about(
    'histogram',
    'Time from the intent of an action to its outcome.',
    ['action'],
  ),
  flowforge_process_kill_total: about('counter', 'Process kill actions asked for over the API.'),
  flowforge_process_restart_total: about(
    'counter',
    'Process restart actions asked for over the API.',
  ),
  flowforge_restart_budget_block_total: about('counter', 'Restarts refused by the budget.'),
  flowforge_orphans_reaped_total: about('counter', 'Recoveries that swept up after a lost guard.'),
  flowforge_db_errors_total: about('counter', 'Times the database began to refuse writes.'),
  flowforge_audit_last_seq: about('gauge', 'Sequence number of the last event.'),
  flowforge_http_requests_total: about('counter', 'Total HTTP requests.', [
    'route',
    'method',
    'status',
  ]),
  flowforge_http_request_duration_seconds: about('histogram', 'Time to answer a request.', [
    'route',
    'method',
  ]),
  flowforge_auth_failures_total: about('counter', 'Failed auth attempts.', ['reason']),
  flowforge_sse_clients: about('gauge', 'Clients of the stream.'),
} as const satisfies Record<string, Description>;

export type MetricName = keyof typeof METRICS;

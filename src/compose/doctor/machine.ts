// Looks at what stands before any configuration: Node, SQLite, containment, control groups.

import { type ContainmentFact, probeContainment } from '../../adapters/process/containment.ts';
import { sqliteAdvice, sqliteVersion } from '../../adapters/sqlite/sqlite.ts';
import { readCgroup } from '../../adapters/system/cgroup.ts';
import { type Check, ok, warn } from '../../core/diagnosis/check.ts';
import { judgeCgroup, judgeContainment } from '../../core/diagnosis/machine.ts';
import { shimPath } from '../installed.ts';

export function lookAtMachine(): readonly Check[] {
  const { level, facts } = probeContainment(shimPath());
  return [
    ok('Node', process.version),
    lookAtSqlite(),
    judgeContainment(level),
    ...facts.map(containmentPart),
    judgeCgroup(readCgroup()),
  ];
}

function lookAtSqlite(): Check {
  const version = sqliteVersion();
  const advice = sqliteAdvice(version);
  if (advice === null) return ok('SQLite', version);
  const [detail = advice, hint = ''] = advice.split(': ');
  return warn('SQLite', detail, hint);
}

/** A part that is missing weakens the whole, which says so itself; what nobody asked for is no trouble. */
const containmentPart = ({ name, ok: isThere, detail, hint }: ContainmentFact): Check =>
  isThere ? ok(name, detail) : warn(name, detail, hint || 'see above');

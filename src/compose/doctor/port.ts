// Looks at the port of the API, without calling whoever has it.

import { probePort } from '../../adapters/http/probe-port.ts';
import type { Config } from '../../config/config.ts';
import type { Check } from '../../core/diagnosis/check.ts';
import { judgePort, type PortHolder } from '../../core/diagnosis/port.ts';
import { answering, isKeylessForOthers } from '../serving.ts';

export async function lookAtPort(config: Config): Promise<Check> {
  const { bindHost: host, port } = config;
  const isKeyless = isKeylessForOthers(config);
  return judgePort({ host, port, isKeyless }, await holderOf(config));
}

async function holderOf(config: Config): Promise<PortHolder> {
  const code = await probePort(config.bindHost, config.port);
  if (code === 'free') return { type: 'nobody' };
  if (code !== 'EADDRINUSE') return { type: 'refused', code };
  const beacon = answering(config);
  if (beacon === null) return { type: 'stranger' };
  const { pid, dbPath } = beacon;
  return dbPath === config.dbPath ? { type: 'ours', pid } : { type: 'other-evidence', pid, dbPath };
}

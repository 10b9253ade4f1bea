// The verdict on the port of the API.

import { type Check, fail, ok, warn } from './check.ts';

/** Who has the port: nobody, an API of the same evidence, a FlowForge of other evidence, somebody else. */
export type PortHolder =
  | { readonly type: 'nobody' }
  | { readonly type: 'ours'; readonly pid: number }
  | { readonly type: 'other-evidence'; readonly pid: number; readonly dbPath: string }
  | { readonly type: 'stranger' }
  /** The system refuses it to us. */
  | { readonly type: 'refused'; readonly code: string };

/** Where the API listens, and whether anybody could act there without a key. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  /** Other hosts reach it, and there is no key: then it does not listen at all. */
  readonly isKeyless: boolean;
}

export function judgePort({ host, port, isKeyless }: ApiAddress, holder: PortHolder): Check {
  const name = 'port';
  if (isKeyless) {
    return fail(
      name,
      `${host} can be reached from other hosts, and there is no key: no API`,
      'set FLOWFORGE_API_KEY or FLOWFORGE_API_KEY_FILE: `openssl rand -hex 32` makes one',
    );
  }
  const another = 'choose another with --port; 0 takes any free one';
  switch (holder.type) {
    case 'nobody':
      return ok(name, port === 0 ? 'any free one will do' : `${port} on ${host} is free`);
    case 'ours':
      return ok(name, `the API answers on ${port} (pid ${holder.pid})`);
    case 'other-evidence': {
      const { pid, dbPath } = holder;
      return warn(name, `${port} is taken by a FlowForge of ${dbPath} (pid ${pid})`, another);
    }
    case 'stranger':
      return warn(name, `${port} is taken by another program: no API`, another);
    case 'refused':
      return fail(name, `${port} on ${host} cannot be had (${holder.code})`, refusalHint(holder));
  }
}

function refusalHint({ code }: { readonly code: string }): string {
  if (code === 'EACCES') return 'choose a port from 1024 on with --port';
  return 'choose an address of this host with --bind-host';
}

// Signing in: a key, or the token of a login link, goes to the server once and comes back as a cookie that no script
// can read.

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, post, WireError } from './client.ts';
import { useFeed } from './feed-context.ts';

export interface Who {
  readonly key_id: string;
  readonly scopes: readonly string[];
}

export interface Session {
  /** undefined: not known yet; null: nobody. */
  readonly who: Who | null | undefined;
  readonly mayAct: boolean;
  /** @throws WireError */
  signIn(key: string): Promise<void>;
  /** @throws WireError while it is not known to have ended: the cookie can be taken back by the server alone. */
  signOut(): Promise<void>;
}

/** Who this browser is signed in as. */
export function useSession(): Session {
  const client = useQueryClient();
  const feed = useFeed();
  const { data: who } = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => readWho(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const renew = async (): Promise<void> => {
    await client.invalidateQueries();
    feed.reconnect();
  };
  return {
    who,
    mayAct: mayAct(who),
    signIn: async (key) => {
      await open({}, { Authorization: `Bearer ${key}` });
      await renew();
    },
    signOut: async () => {
      try {
        await post('/v1/session/end', {});
      } catch (error) {
        // 401: it had ended already.
        if (!(error instanceof WireError) || error.status !== 401) throw error;
      }
      remember(false);
      await renew();
    },
  };
}

const mayAct = (who: Who | null | undefined): boolean =>
  Boolean(who?.scopes.some((scope) => scope === 'act' || scope === 'admin'));

/**
 * Signs in with the token that the address brings after `#token=`, and takes it out of the address and the history.
 * Gives null where there is none, and why it failed where it did.
 */
export async function signInByLink(client: QueryClient): Promise<string | null> {
  const token = /^#token=([\x21-\x7e]+)$/.exec(window.location.hash)?.[1];
  if (token === undefined) return null;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  try {
    await open({ token });
    await client.invalidateQueries();
    return null;
  } catch (error) {
    return error instanceof WireError ? (error.problem?.detail ?? error.message) : String(error);
  }
}

async function open(body: unknown, headers: Record<string, string> = {}): Promise<void> {
  await post('/v1/session', body, headers);
  remember(true);
}

async function readWho(signal: AbortSignal): Promise<Who | null> {
  if (!isRemembered()) return null;
  try {
    return await getJson<Who>('/v1/session', signal);
  } catch (error) {
    if (!(error instanceof WireError) || error.status !== 401) throw error;
    remember(false);
    return null;
  }
}

// The cookie cannot be seen from here. That there may be one is remembered, so that a browser that never signed in
// does not ask who it is, only to be told that it is nobody. It says nothing about who or how.
const MARK = 'flowforge-signed-in';

function remember(isSignedIn: boolean): void {
  try {
    if (isSignedIn) localStorage.setItem(MARK, 'yes');
    else localStorage.removeItem(MARK);
  } catch {
    // Not kept: one signs in again after loading the page again.
  }
}

function isRemembered(): boolean {
  try {
    return localStorage.getItem(MARK) === 'yes';
  } catch {
    return true;
  }
}

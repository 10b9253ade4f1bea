// Signing in: the key goes to the server once and comes back as a cookie that no script can read.

import { useQuery, useQueryClient } from '@tanstack/react-query';
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
  signIn(key: string): Promise<void>;
  signOut(): void;
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
    mayAct: Boolean(who?.scopes.some((scope) => scope === 'act' || scope === 'admin')),
    signIn: async (key) => {
      await post('/v1/session', {}, { Authorization: `Bearer ${key}` });
      await renew();
    },
    signOut: () => {
      void post('/v1/session/end', {}).then(renew, renew);
    },
  };
}

async function readWho(signal: AbortSignal): Promise<Who | null> {
  try {
    return await getJson<Who>('/v1/session', signal);
  } catch (error) {
    if (error instanceof WireError && [401, 404].includes(error.status)) return null;
    throw error;
  }
}

// Hands the one live feed to whoever shows something of it.

import { createContext, useContext } from 'react';
import type { LiveFeed } from './live.ts';

export const FeedContext = createContext<LiveFeed | null>(null);

export function useFeed(): LiveFeed {
  const feed = useContext(FeedContext);
  if (!feed) throw new Error('no live feed above this component');
  return feed;
}

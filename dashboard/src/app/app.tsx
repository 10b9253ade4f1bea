// The dashboard put together: what is known, the live feed, the frame, and which page an address means.

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { Link, Route, Router, Switch, useLocation } from 'wouter';
import { IncidentPage } from '../features/incident/incident-page.tsx';
import { IncidentsPage } from '../features/incidents/incidents-page.tsx';
import { OverviewPage } from '../features/overview/overview-page.tsx';
import { PolicyPage } from '../features/policy/policy-page.tsx';
import { SignInPage } from '../features/sign-in/sign-in-page.tsx';
import { TimelinePage } from '../features/timeline/timeline-page.tsx';
import { Empty, Loading } from '../ui/notice.tsx';
import { useTitle } from '../ui/title.ts';
import { WireError } from '../wire/client.ts';
import { FeedContext } from '../wire/feed-context.ts';
import { LiveFeed } from '../wire/live.ts';
import { forget, forgetRuns } from '../wire/queries.ts';
import { signInByLink } from '../wire/session.ts';
import { Frame } from './frame.tsx';
import { Guarded } from './guarded.tsx';

// The only page with charts brings them itself.
const RunPage = lazy(async () => {
  const { RunPage: page } = await import('../features/run/run-page.tsx');
  return { default: page };
});

interface World {
  readonly client: QueryClient;
  readonly feed: LiveFeed;
}

export function App() {
  const [{ client, feed }] = useState(createWorld);
  const [linkTrouble, setLinkTrouble] = useState<string | null>(null);
  useEffect(() => {
    feed.start();
    return () => feed.stop();
  }, [feed]);
  useEffect(() => {
    signInByLink(client).then(setLinkTrouble, () => undefined);
  }, [client]);
  return (
    <QueryClientProvider client={client}>
      <FeedContext value={feed}>
        <Router base="/ui">
          <Frame>
            {linkTrouble === null ? null : <LinkTrouble why={linkTrouble} />}
            <GuardedHere>
              <Suspense fallback={<Loading what="the page" />}>
                <Pages />
              </Suspense>
            </GuardedHere>
          </Frame>
        </Router>
      </FeedContext>
    </QueryClientProvider>
  );
}

/** A page that failed is left behind with its address. */
function GuardedHere({ children }: { readonly children: ReactNode }) {
  const [place] = useLocation();
  return <Guarded place={place}>{children}</Guarded>;
}

function LinkTrouble({ why }: { readonly why: string }) {
  return (
    <div className="banner" role="alert">
      <p>
        <strong>The login link did not sign you in:</strong> {why}.{' '}
        <Link href="/sign-in">Sign in</Link> with a key.
      </p>
    </div>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={OverviewPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} runId={id} />}</Route>
      <Route path="/incidents" component={IncidentsPage} />
      <Route path="/incidents/:id">{({ id }) => <IncidentPage key={id} incidentId={id} />}</Route>
      <Route path="/timeline" component={TimelinePage} />
      <Route path="/policy" component={PolicyPage} />
      <Route path="/sign-in" component={SignInPage} />
      <Route component={NowherePage} />
    </Switch>
  );
}

function NowherePage() {
  useTitle('Not found');
  return (
    <Empty title="There is no such page" isWhole>
      <p>
        The address may be mistyped. <a href="/ui/">What is running now</a>
      </p>
    </Empty>
  );
}

function createWorld(): World {
  const client = new QueryClient({
    queryCache: new QueryCache(),
    defaultOptions: {
      queries: {
        // The live feed says when an answer is out of date.
        staleTime: 30_000,
        retry: (failures, error) =>
          error instanceof WireError && error.status >= 500 && failures < 2,
        networkMode: 'always',
        refetchOnWindowFocus: false,
      },
      mutations: { networkMode: 'always' },
    },
  });
  const feed = new LiveFeed({
    onItems: (items) => forget(client, items),
    onReturn: () => void client.invalidateQueries(),
    onRuns: (runIds) => forgetRuns(client, runIds),
  });
  return { client, feed };
}

// What stands around every page: where one can go, how fresh what is shown is, who one is, light or dark.

import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useFeed } from '../wire/feed-context.ts';
import { type Freshness, useFreshness } from '../wire/live.ts';
import { Shortcuts } from './shortcuts.tsx';
import { SignedIn } from './signed-in.tsx';

const PLACES = [
  ['/', 'Overview'],
  ['/incidents', 'Incidents'],
  ['/timeline', 'Timeline'],
  ['/policy', 'Policy'],
] as const;

export function Frame({ children }: { readonly children: ReactNode }) {
  const [place] = useLocation();
  const isAt = (path: string) =>
    path === '/' ? place === '/' || place.startsWith('/runs') : place.startsWith(path);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="top">
        <Link href="/" className="brand">
          FlowForge
        </Link>
        <nav aria-label="Pages">
          {PLACES.map(([path, label]) => (
            <Link key={path} href={path} aria-current={isAt(path) ? 'page' : undefined}>
              {label}
            </Link>
          ))}
        </nav>
        <div className="top-end">
          <FreshnessBadge />
          <SignedIn />
          <ThemeButton />
        </div>
      </header>
      <FreshnessNotice />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Shortcuts />
    </>
  );
}

const FRESHNESS: Readonly<
  Record<Freshness, readonly [mark: string, words: string, title: string]>
> = {
  connecting: ['◐', 'connecting', 'Waiting for the live connection'],
  live: ['●', 'live', 'What is shown is at most a second old'],
  stale: ['▲', 'stale', 'Connected, but nothing came for some seconds'],
  offline: ['■', 'offline', 'Nobody answers; the page tries again by itself'],
  'signed-out': ['○', 'signed out', 'Reading needs a key here'],
};

function FreshnessBadge() {
  const freshness = useFreshness(useFeed());
  const [mark, words, title] = FRESHNESS[freshness];
  return (
    <span className={`freshness ${freshness}`} title={title} role="status">
      <span aria-hidden="true">{mark}</span> {words}
    </span>
  );
}

/** What is shown is old: said over the page, not hidden in a corner. */
function FreshnessNotice() {
  const feed = useFeed();
  const freshness = useFreshness(feed);
  if (freshness !== 'offline' && freshness !== 'stale') return null;
  const { heardAtMs } = feed.state();
  const since = heardAtMs === null ? null : new Date(heardAtMs).toLocaleTimeString();
  return (
    <div className="banner" role="alert">
      <p>
        <strong>{freshness === 'offline' ? 'Not connected.' : 'Nothing new has come.'}</strong>{' '}
        {since ? `What is shown is as of ${since}. ` : ''}
        {freshness === 'offline'
          ? 'The run or the server that answered here has ended, or cannot be reached. This page goes on by itself when one answers again; '
          : 'FlowForge may be busy or suspended; '}
        guarding does not depend on this page.
      </p>
      <button type="button" className="small" onClick={() => feed.reconnect()}>
        Try now
      </button>
    </div>
  );
}

const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(() => {
    const chosen = document.documentElement.dataset['theme'];
    return chosen === 'light' || chosen === 'dark' ? chosen : 'auto';
  });
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
  const choose = (): void => {
    setTheme(next);
    if (next === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = next;
    window.dispatchEvent(new Event('themechange'));
    try {
      if (next === 'auto') localStorage.removeItem('flowforge-theme');
      else localStorage.setItem('flowforge-theme', next);
    } catch {
      // Not kept: the choice holds for this page.
    }
  };
  return (
    <button
      type="button"
      className="small"
      onClick={choose}
      title={`Theme: ${theme}. Change to ${next}`}
    >
      <span aria-hidden="true">◑</span> <span className="wide-only">{theme}</span>
      <span className="unseen">theme, change to {next}</span>
    </button>
  );
}

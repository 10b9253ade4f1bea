// What a page says when it has nothing to show: why, and what to do next.

import { type ReactNode, useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { Problem } from '../../../src/contract/problem.ts';
import { WireError } from '../wire/client.ts';

export function Empty({
  title,
  isWhole = false,
  children,
}: {
  readonly title: string;
  /** There is nothing else on the page. */
  readonly isWhole?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div className="empty">
      {isWhole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <p className="loading" role="status">
      Reading {what}…
    </p>
  );
}

/** Says what went wrong, in the words of the API, and offers to try again. */
export function Failed({ error, retry }: { readonly error: Error; readonly retry?: () => void }) {
  const [place] = useLocation();
  const problem = error instanceof WireError ? error.problem : null;
  const status = error instanceof WireError ? error.status : null;
  if (status === 404) return <NotThere problem={problem} />;
  return (
    <div className="empty" role="alert">
      <h1>{problem?.title ?? error.message}</h1>
      <p>{problem?.detail ?? wordsFor(status)}</p>
      {status === 0 ? <Typed command="flowforge serve" /> : null}
      <Details problem={problem} />
      {status === 401 ? (
        <p>
          <Link href={`/sign-in?back=${encodeURIComponent(place)}`}>Sign in</Link> to read here.
        </p>
      ) : null}
      {retry ? (
        <button type="button" onClick={retry}>
          Try again
        </button>
      ) : null}
    </div>
  );
}

function NotThere({ problem }: { readonly problem: Problem | null }) {
  return (
    <div className="empty" role="alert">
      <h1>{sentence(problem?.detail ?? 'there is nothing here')}</h1>
      <p>
        It may be of another database, or older than what is kept.{' '}
        <Link href="/">What is running now</Link>
      </p>
      <Details problem={problem} />
    </div>
  );
}

function Details({ problem }: { readonly problem: Problem | null }) {
  if (!problem) return null;
  return (
    <p className="quiet">
      <Hint text={problem.hint} /> <code>{problem.code}</code> · request{' '}
      <code>{problem.request_id}</code>
    </p>
  );
}

const wordsFor = (status: number | null): string =>
  status === 0
    ? 'The run or the server that answered here has ended. This page goes on by itself as soon as one answers again.'
    : 'Something unexpected happened.';

/** With a capital letter. */
export const sentence = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

/** A hint of the API; what stands between backticks is to be typed. */
export function Hint({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );
}

/** A command to copy. */
export function Typed({ command }: { readonly command: string }) {
  return (
    <p className="typed">
      <code>{command}</code>
      <CopyButton text={command} label="Copy the command" />
    </p>
  );
}

export function CopyButton({
  text,
  label,
  what = '',
}: {
  readonly text: string;
  readonly label: string;
  /** What is copied, where the button alone does not say it. */
  readonly what?: string;
}) {
  const [said, setSaid] = useState(`Copy ${what}`.trim());
  // A page over plain http from another host may not use it.
  if (!('clipboard' in navigator)) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Not allowed here'),
    );
  };
  return (
    <button type="button" className="small" aria-label={`${label}: ${said}`} onClick={copy}>
      {said}
    </button>
  );
}

/** Content of the evidence is encrypted, and the key is not here. */
export function SealedNotice() {
  return (
    <p className="banner">
      <span>
        The words of this record are encrypted and read <code>(sealed)</code>: the FlowForge that
        answers here has not got <code>FLOWFORGE_MASTER_KEY</code>. Times, numbers and outcomes are
        all there.
      </span>
    </p>
  );
}

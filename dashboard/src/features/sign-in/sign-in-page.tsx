// Where one shows the key: reading is open on this host's own address, acting never is.

import { type FormEvent, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { Typed } from '../../ui/notice.tsx';
import { SignOutButton } from '../../ui/sign-out.tsx';
import { useTitle } from '../../ui/title.ts';
import { WireError } from '../../wire/client.ts';
import { useSession } from '../../wire/session.ts';

export function SignInPage() {
  useTitle('Sign in');
  const { who, signIn } = useSession();
  const [search] = useSearchParams();
  const [, go] = useLocation();
  const [trouble, setTrouble] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    setBusy(true);
    signIn(key)
      .then(
        () => go(placeOf(search.get('back'))),
        (error: unknown) => setTrouble(wordsFor(error)),
      )
      .finally(() => setBusy(false));
  };
  if (who) {
    return (
      <>
        <h1>Signed in</h1>
        <p>
          With the key <code>{who.key_id}</code>, which may {who.scopes.join(', ')}.
        </p>
        <p>
          <SignOutButton />
        </p>
      </>
    );
  }
  return (
    <>
      <h1>Sign in</h1>
      <p className="lead">
        Pausing, stopping, restarting and answering incidents need an API key, so that the record
        says who did it.
      </p>
      <form onSubmit={submit} className="stack">
        {/* For programs that keep passwords: they ask for a name. */}
        <input name="username" autoComplete="username" defaultValue="flowforge" hidden />
        <label htmlFor="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autoComplete="current-password"
          required
          maxLength={512}
        />
        {trouble ? (
          <p role="alert" className="trouble">
            {trouble}
          </p>
        ) : null}
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? 'Asking…' : 'Sign in'}
        </button>
      </form>
      <h2>Where the key is</h2>
      <p>
        It is what <code>FLOWFORGE_API_KEY</code> says where FlowForge was started. If nothing says
        it, <code>flowforge serve</code> makes one and prints where it lies. Another is made by
      </p>
      <Typed command="flowforge keys create" />
    </>
  );
}

/** Back to a page of ours, never elsewhere. */
const placeOf = (back: string | null): string =>
  back && /^\/(?!\/)[\w/.-]*$/.test(back) ? back : '/';

function wordsFor(error: unknown): string {
  if (!(error instanceof WireError)) return 'Something unexpected happened; try again.';
  if (error.status === 401)
    return 'That key does not hold here. It may be mistyped, revoked or expired.';
  return error.problem ? `${error.message}. ${error.problem.hint}` : error.message;
}

// The way out, on whatever page.

import { useState } from 'react';
import { useSession } from '../wire/session.ts';

/** Signs out; says so where that failed, because one is signed in still. */
export function SignOutButton(looks: { readonly className?: string; readonly title?: string }) {
  const { signOut } = useSession();
  const [hasFailed, setFailed] = useState(false);
  const leave = (): void => {
    setFailed(false);
    signOut().catch(() => setFailed(true));
  };
  return (
    <>
      {hasFailed ? (
        <span className="trouble" role="alert">
          Still signed in: no answer came
        </span>
      ) : null}
      <button type="button" onClick={leave} {...looks}>
        Sign out
      </button>
    </>
  );
}

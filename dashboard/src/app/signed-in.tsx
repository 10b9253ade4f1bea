// Who one is here, and the way to become someone who may act.

import { Link, useLocation } from 'wouter';
import { SignOutButton } from '../ui/sign-out.tsx';
import { useSession } from '../wire/session.ts';

export function SignedIn() {
  const { who } = useSession();
  const [place] = useLocation();
  if (who === undefined) return null;
  if (who === null) {
    const back = place === '/sign-in' ? '' : `?back=${encodeURIComponent(place)}`;
    return (
      <Link className="button small" href={`/sign-in${back}`}>
        Sign in
      </Link>
    );
  }
  return <SignOutButton className="small" title={`Signed in with the key ${who.key_id}`} />;
}

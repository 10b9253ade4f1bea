// The cookie of a session. Browsers send cookies to every port of a host, so its name has the port: two APIs on one
// host do not sign each other's users out.

import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ApiEnv } from './world.ts';

const nameAt = (port: number): string => `flowforge_session_${port}`;

/** What the browser keeps of its session, or null. */
export const sessionIn = (c: Context<ApiEnv>, port: number): string | null =>
  getCookie(c, nameAt(port)) ?? null;

/** Tells the browser to keep a session for so long; for 0 seconds to forget it. */
export function keepSession(
  c: Context<ApiEnv>,
  { port, secret, seconds }: { port: number; secret: string; seconds: number },
): void {
  const cookie = `${nameAt(port)}=${secret}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
  c.header('Set-Cookie', cookie);
}

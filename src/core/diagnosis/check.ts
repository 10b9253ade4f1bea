// What `flowforge doctor` says of one thing it looked at.

export interface Check {
  readonly name: string;
  /** `warn`: works, though not as well as it could; `fail`: does not work. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** The next step, where it is not `ok`. */
  readonly hint: string | null;
}

export const ok = (name: string, detail: string): Check => ({
  name,
  state: 'ok',
  detail,
  hint: null,
});

export const warn = (name: string, detail: string, hint: string): Check => ({
  name,
  state: 'warn',
  detail,
  hint,
});

export const fail = (name: string, detail: string, hint: string): Check => ({
  name,
  state: 'fail',
  detail,
  hint,
});

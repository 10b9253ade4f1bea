// Which names stand for secrets, and which values of an environment are therefore secret.

/** A value that must never be stored, and why we know it. */
export interface KnownSecret {
  /** Of the variable it came from, for people. */
  readonly name: string;
  readonly value: string;
}

const SECRET_NAME =
  /pass(word|wd|phrase|code)?(_|$)|passw|pwd(_|$)|secret|token|api_?key|apikey|_key(_|$)|^key$|key_?data|private|credential|(^|_)cred(s|_|$)|(^|_)auth(_|$|orization)|oauth|signing|signature|cookie|session|dsn|conn(ection)?_?str|webhook|bearer|jwt|(^|_)pat$|(^|_)pin$|salt|seed_phrase|mnemonic|license/i;

/** Names that look like secrets and are none. */
const HARMLESS_NAME =
  /^((old)?pwd$|xdg_|dbus_|ssh_(auth_sock|connection|client|tty)|session_manager|desktop_session|gpg_|xauthority|tokenizers_|term_session_id|npm_config_|gnome_keyring|flowforge_run_id|keyboard)|(_sock|_socket|_file|_path|_dir|_algorithm|_expiry|_ttl|_timeout|_url_scheme|_author.*)$/i;

const HARMLESS_VALUE =
  /^(true|false|yes|no|on|off|none|null|undefined|default|enabled|disabled|\d{1,5}|localhost|unset|test|dev|prod|production|development|staging|bearer|basic)$/i;

/** `scheme://user:password@host`: the password of a URL. */
const URL_PASSWORD = /[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,200}:([^\s@/]{1,500})@/gi;

const VALUE_CHARS_MIN = 4;
const KEY_LINE_CHARS_MIN = 16;

/** The secrets of an environment: values of secret-looking variables, and passwords of URLs in any variable. */
export function secretsOf(
  environment: Readonly<Record<string, string | undefined>>,
): readonly KnownSecret[] {
  const secrets: KnownSecret[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined) continue;
    for (const [, password = ''] of value.matchAll(URL_PASSWORD)) {
      secrets.push({ name, value: password }, { name, value: decode(password) });
    }
    if (isSecretName(name)) secrets.push({ name, value }, ...keyLines(name, value));
  }
  return secrets.filter(
    ({ value }) => value.length >= VALUE_CHARS_MIN && !HARMLESS_VALUE.test(value),
  );
}

/** Whether a variable of this name is expected to hold a secret. */
export const isSecretName = (name: string): boolean =>
  SECRET_NAME.test(name) && !HARMLESS_NAME.test(name);

/** A key of several lines is printed line by line. */
function keyLines(name: string, value: string): readonly KnownSecret[] {
  const lines = value.split(/\r?\n|\\n/);
  if (lines.length < 2) return [];
  return lines
    .map((line) => line.trim())
    .filter((line) => line.length >= KEY_LINE_CHARS_MIN && !line.startsWith('-----'))
    .map((line) => ({ name, value: line }));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

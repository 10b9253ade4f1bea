import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectionTo } from './bounded-pattern.ts';
import { formsOf } from './encodings.ts';
import { createRedactor } from './redactor.ts';
import { isSecretName, secretsOf } from './secret-names.ts';
import { createRedactionStream } from './stream.ts';

const fingerprint = (secret: string): string => secret.length.toString(16).padStart(8, '0');
const plain = createRedactor({ secrets: [], fingerprint });

// Random texts in the shapes of public token formats; none of them was ever issued.
const chars = (alphabet: string, length: number, seed = 7): string => {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return alphabet[Math.floor((state / 2_147_483_648) * alphabet.length)];
  }).join('');
};
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const HEX = '0123456789abcdef';

const TOKENS: readonly (readonly [string, string])[] = [
  ['AWS access key', `AKIA${chars(UPPER, 16)}`],
  ['GitHub token', `ghp_${chars(ALNUM, 36)}`],
  ['GitHub fine-grained token', `github_pat_${chars(ALNUM, 22)}_${chars(ALNUM, 59)}`],
  ['GitLab token', `glpat-${chars(ALNUM, 20)}`],
  [
    'Slack bot token',
    `xoxb-${chars('0123456789', 12)}-${chars('0123456789', 12)}-${chars(ALNUM, 24)}`,
  ],
  [
    'Slack hook',
    `https://hooks.slack.com/services/T${chars(UPPER, 8)}/B${chars(UPPER, 8)}/${chars(ALNUM, 24)}`,
  ],
  ['Stripe key', `sk_live_${chars(ALNUM, 24)}`],
  ['OpenAI key', `sk-proj-${chars(ALNUM, 48)}`],
  ['older OpenAI key', `sk-${chars(ALNUM, 20)}T3BlbkFJ${chars(ALNUM, 20, 9)}`],
  ['Anthropic key', `sk-ant-api03-${chars(ALNUM, 93)}AA`],
  ['Google key', `AIza${chars(ALNUM, 35)}`],
  ['npm token', `npm_${chars(ALNUM, 36)}`],
  ['PyPI token', `pypi-AgEIcHlwaS5vcmc${chars(ALNUM, 60)}`],
  ['SendGrid key', `SG.${chars(ALNUM, 22)}.${chars(ALNUM, 43)}`],
  ['Hugging Face token', `hf_${chars(ALNUM.slice(0, 52), 34)}`],
  ['DigitalOcean token', `dop_v1_${chars(HEX, 64)}`],
  ['Databricks token', `dapi${chars(HEX, 32)}`],
  ['Shopify token', `shpat_${chars(HEX, 32)}`],
  ['Twilio key', `SK${chars(HEX, 32)}`],
  ['Telegram token', `${chars('123456789', 9)}:AA${chars(ALNUM, 33)}`],
  ['Mailchimp key', `${chars(HEX, 32)}-us12`],
  ['Terraform token', `${chars(ALNUM, 14)}.atlasv1.${chars(ALNUM, 64)}`],
  ['Vault token', `hvs.${chars(ALNUM, 95)}`],
  ['JWT', `eyJ${chars(ALNUM, 33)}.eyJ${chars(ALNUM, 80)}.${chars(ALNUM, 43)}`],
  ['Azure client secret', `${chars(ALNUM, 3)}8Q~${chars(ALNUM, 34)}`],
  ['FlowForge key', `ff_live_${chars(ALNUM, 12)}_${chars(ALNUM, 43)}`],
];

const SHAPES: readonly ((token: string) => string)[] = [
  (token) => token,
  (token) => `export X=${token}`,
  (token) => `{"a":"${token}","b":1}`,
  (token) => `  - value: '${token}'`,
  (token) => `https://host/path?x=${token}&y=2`,
  (token) => `got ${token}, going on`,
  (token) => `"line\\n${token}\\nline"`,
  (token) => `\u001b[31m${token.slice(0, 5)}\u001b[0m${token.slice(5)}\u001b[K`,
];

describe('a token of a provider', () => {
  it.each(TOKENS)('is taken out wherever it stands: %s', (_name, token) => {
    for (const shape of SHAPES) {
      const redacted = plain.text(shape(token));
      expect(redacted).not.toContain(token.slice(4));
      expect(redacted).toContain('[REDACTED:');
    }
  });

  it('leaves what stands around it', () => {
    const token = `ghp_${chars(ALNUM, 36)}`;
    expect(plain.text(`before ${token} after`)).toBe('before [REDACTED:github:00000028] after');
  });
});

describe('a value after a telling word', () => {
  it.each([
    ['password=hunter2', 'hunter2'],
    ['{"token": "9f8a7b6c5d4e3f2a1b0c"}', '9f8a7b6c5d4e3f2a1b0c'],
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz', 'wJalrXUtn'],
    ['client_secret = "x7!pq"', 'x7!pq'],
    ["'apiKey': 'a1b2c3d4e5f6a7b8'", 'a1b2c3d4'],
    ['my_token: 4f9a8e7d6c5b4a39281706f5', '4f9a8e7d'],
    ['Authorization: Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy'],
    ['authorization: Bearer abc.def-ghi', 'abc.def-ghi'],
    ['curl -H "X-Api-Key: 8d7c6b5a4938"', '8d7c6b5a4938'],
    ['--api-key k3yk3yk3y', 'k3yk3yk3y'],
    ['mysql --password=s3cr3t!', 's3cr3t!'],
    ['db_password := `p@ss w0rd`', 'p@ss w0rd'],
    ['{\\"secret\\": \\"abc123def\\"}', 'abc123def'],
    ['postgres://app:s3cr3t@db.local:5432/x', 's3cr3t'],
    ['redis://:s3cr3t@cache:6379', 's3cr3t'],
    ['https://ghx0123456789abcdef01@host/repo.git', 'ghx0123456789abcdef01'],
    ['curl -u admin:s3cr3t http://x', 's3cr3t'],
    ['machine h login me password s3cr3t', 's3cr3t'],
    ['Cookie: sid=8a7b6c; theme=dark', '8a7b6c'],
    ['set-cookie: session=8a7b6c; Path=/', '8a7b6c'],
    ['AccountKey=Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==;EndpointSuffix=x', 'Zm9vYmFy'],
    ['X-Amz-Signature=9f8a7b6c5d4e3f2a1b0c9f8a7b6c5d4e', '9f8a7b6c5d4e'],
    ['client-key-data: LS0tLS1CRUdJTiBSU0E=', 'LS0tLS1CRUdJTiBSU0E'],
  ])('is taken out of %s', (text, secret) => {
    expect(plain.text(text)).not.toContain(secret);
  });

  it.each([
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    'request 550e8400-e29b-41d4-a716-446655440000 took 12 ms',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'tokens: 12345, loss=0.0213, lr=3e-4',
    'max_tokens=4096 total_tokens: 88123',
    'author: Jane Doe <jane@example.org>',
    'password: incorrect',
    'enter your password:',
    'Token expired, please log in',
    'the secret: patience',
    'token=null',
    'password=$DB_PASSWORD',
    'apiKey: process.env.API_KEY',
    'key=value',
    'keys: 12 monkeys=3',
    'GET /tokens/42/edit HTTP/1.1',
    'session opened for user root by (uid=0)',
    'at Object.<anonymous> (/srv/app/auth.js:12:3)',
    'epoch 12: acc=0.9934 token_acc=0.8812',
    'Accepted password for root from 10.0.0.1 port 22 ssh2',
    'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=1.2.3.4',
    'Failed password for invalid user admin from 183.62.140.253 port 36300 ssh2',
    'https://example.org:8080/path@2x.png',
    'http://user@example.org/',
    'task-7c9f0a8e4d5b6a7c8d9e finished',
    '2026-01-01T00:00:00.000Z INFO dfs.DataNode$PacketResponder: Received block blk_-1608999687919862906 of size 67108864',
    'next-auth v4.24.5 installed',
    '[REDACTED:github:00000028]',
    'postgres://app:[REDACTED:env:00000006]@db.local/x',
  ])('leaves harmless text alone: %s', (text) => {
    expect(plain.text(text)).toBe(text);
  });
});

describe('a secret of the environment', () => {
  const value = 'p&ss/w"rd\'+ä$1\\x';
  const redactor = createRedactor({ secrets: [{ name: 'DB_PASSWORD', value }], fingerprint });

  it('is taken out in every form', () => {
    for (const form of formsOf(value)) {
      expect(redactor.text(`<<${form}>>`)).not.toContain(form);
    }
  });

  it('is found in base64 at any place of a longer text', () => {
    for (let offset = 0; offset < 6; offset++) {
      const encoded = Buffer.from(`${'u'.repeat(offset)}:${value}:tail`).toString('base64');
      const middle = Buffer.from(value).toString('base64').slice(4, 12);
      expect(redactor.text(`x ${encoded} y`)).toContain('[REDACTED:env:');
      expect(redactor.text(`x ${encoded} y`)).not.toContain(middle);
    }
  });

  it('is taken out of any text around it, however short it is', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 60, unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (secret, before, after) => {
          fc.pre(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ud800-\udfff]/u.test(secret));
          const own = createRedactor({
            secrets: [{ name: 'X_TOKEN', value: secret }],
            fingerprint,
          });
          expect(own.text(`${before} ${secret} ${after}`)).not.toContain(secret);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('comes from variables with telling names, and from passwords in URLs of any variable', () => {
    const secrets = secretsOf({
      API_KEY: 'abcd1234',
      HOME: '/home/me',
      DATABASE_URL: 'postgres://u:p%40ss-word@h/db',
      SSH_AUTH_SOCK: '/tmp/ssh-x/agent.1',
      USE_TOKEN: 'true',
      TLS_PRIVATE_KEY:
        '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----',
    }).map(({ value }) => value);
    expect(secrets).toContain('abcd1234');
    expect(secrets).toContain('p%40ss-word');
    expect(secrets).toContain('p@ss-word');
    expect(secrets).toContain('MIIEvQIBADANBgkqhkiG9w0BAQEFAASC');
    expect(secrets).not.toContain('/home/me');
    expect(secrets).not.toContain('true');
    expect(secrets).not.toContain('/tmp/ssh-x/agent.1');
  });

  it.each([
    'GITHUB_TOKEN',
    'npm_token',
    'STRIPE_SK_KEY',
    'DJANGO_SECRET_KEY',
    'PGPASSWORD',
    'SENTRY_DSN',
    'SLACK_WEBHOOK_URL',
  ])('is expected in %s', (name) => expect(isSecretName(name)).toBe(true));

  it.each([
    'PATH',
    'XDG_SESSION_ID',
    'GIT_AUTHOR_NAME',
    'TOKENIZERS_PARALLELISM',
    'KEYBOARD_LAYOUT',
    'PASSWORD_FILE',
  ])('is not expected in %s', (name) => expect(isSecretName(name)).toBe(false));
});

describe('a key of several lines', () => {
  const body = [chars(ALNUM, 64, 3), chars(ALNUM, 64, 4), chars(ALNUM, 20, 5)];
  const key = ['-----BEGIN RSA PRIVATE KEY-----', ...body, '-----END RSA PRIVATE KEY-----'];

  it('is taken out of lines that belong together, and nothing after it', () => {
    const redacted = plain.lines(['before', ...key, 'after']);
    for (const line of body) expect(redacted.join('\n')).not.toContain(line);
    expect([redacted[0], redacted.at(-1)]).toEqual(['before', 'after']);
  });

  it('is taken out of one text', () => {
    for (const line of body) expect(plain.text(key.join('\n'))).not.toContain(line);
    for (const line of body) expect(plain.text(key.join('\\n'))).not.toContain(line);
  });
});

describe('a stream', () => {
  it('hides a secret that is split at any place, within lines and keys', () => {
    const token = `ghp_${chars(ALNUM, 36)}`;
    const key = `-----BEGIN PRIVATE KEY-----\n${chars(ALNUM, 64)}\n${chars(ALNUM, 30)}\n-----END PRIVATE KEY-----`;
    const whole = `one ${token} two\n${key}\nthree password=hunter2`;
    for (let at = 0; at <= whole.length; at++) {
      const stream = createRedactionStream(plain);
      const shown = stream.push(whole.slice(0, at)) + stream.push(whole.slice(at)) + stream.end();
      expect(shown).not.toContain(token.slice(4, 20));
      expect(shown).not.toContain(chars(ALNUM, 64).slice(0, 20));
      expect(shown).not.toContain('hunter2');
      expect(shown).toContain('three ');
    }
  });

  it('keeps a bounded part of a line that never ends', () => {
    const stream = createRedactionStream(plain);
    let shownChars = 0;
    for (let i = 0; i < 1_000; i++) shownChars += stream.push('x'.repeat(1_000)).length;
    expect(shownChars).toBeGreaterThan(990_000);
  });
});

describe('redaction', () => {
  it('changes nothing the second time', () => {
    for (const [, token] of TOKENS) {
      const once = plain.text(`password=${token} and ${token}`);
      expect(plain.text(once)).toBe(once);
    }
  });

  it('keeps what the user allows, and takes out what the user names', () => {
    const token = `ghp_${chars(ALNUM, 36)}`;
    const rules = [{ id: 'mine', pattern: /CUST-\d{4}/g }];
    const own = createRedactor({ secrets: [], allow: [token], rules, fingerprint });
    expect(own.text(`${token} CUST-1234`)).toBe(`${token} [REDACTED:mine:00000009]`);
  });

  it.each(['(a+)+$', '(a|a)*b', '(\\w+)\\1', '.*.*=', 'a{0,2000}b{0,2000}', '['])(
    'refuses a pattern that could take for ever: %s',
    (source) => expect(objectionTo(source)).not.toBeNull(),
  );

  it.each(['CUST-\\d+', '[A-Z]{4}-[0-9]{4,12}', 'x(?:a|b)y'])('accepts %s', (source) =>
    expect(objectionTo(source)).toBeNull(),
  );

  it('takes linear time for the worst of lines', () => {
    const worst = [
      '=',
      ':',
      'password',
      'token=',
      ' -u',
      '://',
      'a:',
      'eyJ',
      '.',
      '-',
      '"',
      'sk-',
      '\u001b[',
      '-----BEGIN ',
      'cookie:',
      'Q~',
      '-us',
      ':AA',
    ];
    for (const piece of worst) {
      const line = piece.repeat(Math.ceil(65_536 / piece.length));
      const begin = performance.now();
      plain.text(line);
      // Generous for a busy machine: quadratic time would be many seconds.
      expect({ piece, slow: performance.now() - begin > 1_000 }).toEqual({ piece, slow: false });
    }
  });
});

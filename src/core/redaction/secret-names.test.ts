import { describe, expect, it } from 'vitest';
import { isSecretName, secretsOf } from './secret-names.ts';

describe('names of secrets', () => {
  it.each([
    'DB_PASSWORD',
    'MYSQL_PWD',
    'GITHUB_TOKEN',
    'OPENAI_API_KEY',
    'AWS_SECRET_ACCESS_KEY',
    'SENTRY_DSN',
    'SSH_PRIVATE_KEY',
  ])('%s is one', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'PWD',
    'OLDPWD',
    'PATH',
    'HOME',
    'SSH_AUTH_SOCK',
    'XDG_SESSION_ID',
    'TOKENIZERS_PARALLELISM',
    'KEYBOARD_LAYOUT',
    'GIT_AUTHOR_NAME',
    'FLOWFORGE_RUN_ID',
  ])('%s is none', (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it('leave the working directory readable', () => {
    expect(secretsOf({ PWD: '/home/me/project', OLDPWD: '/home/me' })).toEqual([]);
  });
});

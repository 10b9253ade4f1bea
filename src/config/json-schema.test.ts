import { describe, expect, it } from 'vitest';
import { fromJSONSchema } from 'zod';
import { configJsonSchema } from './json-schema.ts';
import { maySet, SETTING_KEYS, type SettingKey, settingOf } from './schema.ts';

const editor = fromJSONSchema(configJsonSchema() as Parameters<typeof fromJSONSchema>[0]);
const accepts = (file: unknown): boolean => editor.safeParse(file).success;
const keys = SETTING_KEYS.filter((key) => maySet(key, 'user-file'));

/** Things people write; each kind of setting takes some of them and refuses others. */
const WRITTEN: readonly unknown[] = [
  '10s',
  '1h30m',
  '250ms',
  '12 parsecs',
  '512MB',
  '2GiB',
  '1.5 kb',
  '7',
  7,
  0,
  60,
  60.5,
  '60%',
  -1,
  true,
  false,
  'true',
  'none',
  'auto',
  'heavy',
  'shadow',
  'stop',
  'SIGINT',
  'on-failure',
  'group',
  ['hang'],
  ['hang', 'budget'],
  'hang',
  'nonsense\n',
  null,
  {},
  [],
  '127.0.0.1',
  './flowforge.db',
];

describe('the JSON Schema of the file', () => {
  it.each(keys)('takes for %s whatever the loader takes', (key: SettingKey) => {
    const { schema } = settingOf(key).kind;
    const taken = WRITTEN.filter((value) => schema().safeParse(value).success);
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.length).toBeLessThan(WRITTEN.length);
    expect(taken.filter((value) => !accepts({ [key]: value }))).toEqual([]);
  });

  it('marks unknown keys, and keys that no file may set', () => {
    expect(accepts({ 'max-cpu': 50, profile: 'heavy' })).toBe(true);
    expect(accepts({ 'max-cpuu': 50 })).toBe(false);
    expect(accepts({ 'no-kill': true })).toBe(false);
    expect(accepts({ 'api-key': 'x' })).toBe(false);
  });

  it('marks a value of the wrong kind', () => {
    expect(accepts({ grace: 'soon' })).toBe(false);
    expect(accepts({ 'max-memory': 512 })).toBe(false);
    expect(accepts({ rollout: 'shdow' })).toBe(false);
  });
});

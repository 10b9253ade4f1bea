import { describe, expect, it } from 'vitest';
import { editSettings } from './edit.ts';

const CHANGES = { profile: 'heavy', 'max-cpu': 80 } as const;

describe('editSettings', () => {
  it('changes what is there, adds what is not, and leaves all else as it was', async () => {
    const before = '# mine\nprofile: light   # patient\n\ndb: flowforge.db\n';
    expect(await editSettings(before, CHANGES)).toEqual({
      text: '# mine\nprofile: heavy   # patient\n\ndb: flowforge.db\nmax-cpu: 80\n',
      difference: ['-profile: light   # patient', '+profile: heavy   # patient', '+max-cpu: 80'],
    });
  });

  it('begins a file where there is none, and says nothing where nothing changes', async () => {
    const made = await editSettings('', CHANGES);
    expect(made?.text).toBe('profile: heavy\nmax-cpu: 80\n');
    expect(await editSettings(made?.text ?? '', CHANGES)).toEqual({
      text: made?.text,
      difference: [],
    });
  });

  it.each([
    ['a mapping in braces', '{ profile: light }\n'],
    ['a value over several lines', 'profile:\n  light\n'],
    ['a second document', 'profile: light\n---\nprofile: heavy\n'],
    ['a text that is no mapping', '- profile\n'],
    ['broken YAML', 'profile: [\n'],
  ])('does not touch %s', async (_what, text) => {
    expect(await editSettings(text, CHANGES)).toBeNull();
  });
});

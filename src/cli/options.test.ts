import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { settingOf } from '../config/schema.ts';
import { ALL_OPTIONS, addOptions, flagsFrom } from './options.ts';

/** The flags that a command line comes to. */
function flagsOf(...args: string[]): Record<string, unknown> {
  const command = addOptions(new Command('test').exitOverride(), ALL_OPTIONS);
  command.parse(args, { from: 'user' });
  return flagsFrom(command);
}

describe('the flags of the settings', () => {
  it('say nothing where nothing was given', () => {
    expect(flagsOf()).toEqual({});
  });

  it.each(ALL_OPTIONS.filter((key) => settingOf(key).kind.placeholder !== ''))(
    '--%s takes a value',
    (key) => {
      expect(flagsOf(`--${key}`, 'some value')).toEqual({ [key]: 'some value' });
    },
  );

  it.each(['isolate', 'leave-background', 'no-kill'])('--%s takes none', (key) => {
    expect(flagsOf(`--${key}`)).toEqual({ [key]: true });
  });

  it('--no-api turns the API off', () => {
    expect(flagsOf('--no-api')).toEqual({ api: false });
  });

  it('each is refused where it does not exist', () => {
    const command = addOptions(new Command('test').exitOverride(), ['db']);
    command.configureOutput({ writeErr: () => {} });
    expect(() => command.parse(['--max-cpu', '1'], { from: 'user' })).toThrow('unknown option');
  });
});

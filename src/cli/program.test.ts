import { describe, expect, it } from 'vitest';
import { buildProgram } from './program.ts';

const namesOf = (called?: string): string[] =>
  buildProgram('', () => {}, called).commands.map((command) => command.name());

describe('the command line', () => {
  it.each(namesOf())('has %s, alone as among all', (name) => {
    const helpOf = (called?: string) =>
      buildProgram('', () => {}, called)
        .commands.find((command) => command.name() === name)
        ?.helpInformation();
    expect(helpOf(name)).toBe(helpOf());
    // What completes a command line has to know all of it.
    if (name !== 'completion') expect(namesOf(name).length).toBeLessThan(namesOf().length);
  });

  it.each([undefined, '--help', 'rnu', ''])('has all commands where %s was called', (called) => {
    expect(namesOf(called)).toEqual(namesOf());
  });
});

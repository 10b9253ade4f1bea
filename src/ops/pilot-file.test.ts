import { describe, expect, it } from 'vitest';
import { toCsv } from './pilot-csv.ts';
import { parsePilotFile } from './pilot-file.ts';

describe('a pilot file', () => {
  it('has a case a line, and its command may hold a bar', () => {
    const text =
      '# comment\r\n\r\na|80|no intervention|sh -c "echo 1 | cat"\r\nb|50.5|LEAK_DETECTED|x';
    expect(parsePilotFile('f', text)).toEqual([
      {
        name: 'a',
        maxCpu: '80',
        expected: 'no intervention',
        argv: ['sh', '-c', 'echo 1 | cat'],
      },
      { name: 'b', maxCpu: '50.5', expected: 'LEAK_DETECTED', argv: ['x'] },
    ]);
  });

  it('is refused with every mistake at once, each with its line and column', () => {
    const text = [
      'ok|80|no intervention|true',
      '|80|no intervention|true',
      'cpu|many|nothing|true',
      `quote|80|no intervention|echo 'a`,
      'short|80',
      'ok|80|no intervention|true',
      'empty|80|no intervention|',
    ].join('\n');
    const message = (() => {
      try {
        parsePilotFile('pilot.txt', text);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    })();
    expect(message.match(/pilot\.txt:\d+:\d+/g)).toEqual([
      'pilot.txt:2:1',
      'pilot.txt:3:5',
      'pilot.txt:3:10',
      'pilot.txt:4:31',
      'pilot.txt:5:9',
      'pilot.txt:6:1',
      'pilot.txt:7:26',
    ]);
  });

  it('is refused when there is nothing in it', () => {
    expect(() => parsePilotFile('f', '# nothing\n')).toThrow('no case');
  });
});

describe('a table of comma-separated values', () => {
  it('quotes commas, quotes and line ends, and lets no cell be a formula', () => {
    expect(
      toCsv(
        ['a', 'b'],
        [
          ['x,"y"', '=1+1'],
          ['two\nlines', null],
          [-3, '@sum'],
        ],
      ),
    ).toBe(`a,b\r\n"x,""y""",'=1+1\r\n"two\nlines",\r\n-3,'@sum\r\n`);
  });
});

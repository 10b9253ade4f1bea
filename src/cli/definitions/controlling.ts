// The commands that see and steer living runs.

import type { Command } from 'commander';
import { addOptions, flagsFrom } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

/** Where the control sockets are. */
const CONTROL_PLACE = ['state-dir', 'config'] as const;

export function addControls(program: Command, end: End): void {
  const status = program
    .command('status')
    .description('the runs that are alive, and how they are')
    .argument('[run]', 'id, beginning of an id, or name');
  example(status, [
    'flowforge status',
    'flowforge status nightly --json',
    'flowforge status --ready',
  ]);
  addOptions(status, [...CONTROL_PLACE, 'port', 'bind-host'])
    .option('--ready', 'how the guard itself is, as /readyz says; 3 where it is not ready')
    .option(...JSON_OPTION)
    .action((run?: string) => {
      const flags = flagsFrom(status);
      if (status.opts()['ready']) {
        end(import('../commands/ready.ts').then((it) => it.readyCommand(flags, status.opts())));
        return;
      }
      end(
        import('../commands/status.ts').then((it) => it.statusCommand(run, flags, status.opts())),
      );
    });

  const orders = [
    ['stop', 'stop a run and wait until nothing is left of it; a second time: by force'],
    ['restart', 'stop a run and start its command again, under the same guard'],
    ['pause', 'freeze the whole tree of a run (SIGSTOP)'],
    ['resume', 'let a paused run go on'],
  ] as const;
  for (const [operation, description] of orders) {
    const order = program
      .command(operation)
      .description(description)
      .argument('[run]', 'id, beginning of an id, or name; not needed where there is one run');
    example(order, [
      `flowforge ${operation}`,
      `flowforge ${operation} nightly --reason "out of time"`,
    ]);
    addOptions(order, CONTROL_PLACE)
      .option('--reason <text>', 'why, for the audit')
      .option(...JSON_OPTION)
      .action((run?: string) => {
        const flags = flagsFrom(order);
        end(
          import('../commands/status.ts').then((it) =>
            it.orderCommand(operation, run, flags, order.opts()),
          ),
        );
      });
  }
}

// The command that answers to HTTP without a run.

import type { Command } from 'commander';
import { addOptions, flagsFrom, PLACE_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addServe(program: Command, end: End): void {
  const serve = program
    .command('serve')
    .alias('dashboard')
    .description('answer to HTTP for all runs of this host, without a run of its own');
  example(serve, ['flowforge serve', 'flowforge serve --background --port 9090']);
  addOptions(serve, [...PLACE_OPTIONS, 'port', 'bind-host', 'host-names', 'read-needs-key'])
    .option('--background', 'leave when it answers, and let it answer on')
    .option(...JSON_OPTION)
    .action(() => {
      const flags = flagsFrom(serve);
      end(import('../commands/serve.ts').then((it) => it.serveCommand(flags, serve.opts())));
    });
}

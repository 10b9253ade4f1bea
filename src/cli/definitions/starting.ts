// The commands for the first minutes: a configuration file, and completion in the shell.

import type { Command } from 'commander';
import { addOptions, flagsFrom } from '../options.ts';
import { type End, example } from './definition.ts';

export function addStarting(program: Command, end: End): void {
  const init = program
    .command('init')
    .description('write a commented flowforge.yaml to begin with; asks at a terminal only');
  example(init, [
    'flowforge init',
    'flowforge init --profile heavy --output ~/.config/flowforge/flowforge.yaml',
  ]);
  addOptions(init, ['profile', 'rollout'])
    .option('-o, --output <file>', 'where to write it', 'flowforge.yaml')
    .option('--force', 'overwrite the file that is there')
    .action(() => {
      end(import('../commands/init.ts').then((it) => it.initCommand(flagsFrom(init), init.opts())));
    });

  const completion = program
    .command('completion')
    .description('what a shell reads to complete flowforge on its command line')
    .argument('<shell>', 'bash, zsh or fish');
  example(completion, [
    'source <(flowforge completion bash)       # in ~/.bashrc, or in ~/.zshrc with zsh',
    'flowforge completion fish | source',
  ]);
  completion.action((shell: string) => {
    end(import('../commands/completion.ts').then((it) => it.completionCommand(shell, program)));
  });
}

// The commands that keep, hand over and prove the evidence.

import type { Command } from 'commander';
import { addOptions, flagsFrom, PLACE_OPTIONS } from '../options.ts';
import { type End, example, JSON_OPTION } from './definition.ts';

export function addProving(program: Command, end: End): void {
  addReport(program, end);
  addEvidence(program, end);
  addKeys(program, end);
  addUpkeep(program, end);
}

function addReport(program: Command, end: End): void {
  const report = program
    .command('report')
    .description('the post-mortem of an incident, one self-contained page')
    .argument('[incident]', 'its id; the newest where none is named');
  example(report, ['flowforge report', 'flowforge report inc_0192… --html -o incident.html']);
  addOptions(report, PLACE_OPTIONS)
    .option('--md', 'as Markdown (the default)')
    .option('--html', 'as one HTML page with charts')
    .option('--json', 'as JSON')
    .option('-o, --output <file>', 'write it there')
    .action((incident?: string) => {
      const flags = flagsFrom(report);
      end(
        import('../commands/report.ts').then((it) =>
          it.reportCommand(incident, flags, report.opts()),
        ),
      );
    });
}

function addEvidence(program: Command, end: End): void {
  const evidence = program
    .command('evidence')
    .description('hand evidence over in one signed file, and check it');
  const load = () => import('../commands/evidence.ts');
  example(evidence, ['flowforge evidence export inc_0192…', 'flowforge evidence verify --db']);

  const out = evidence
    .command('export')
    .description('one signed bundle about an incident, a run or a period')
    .argument('[id]', 'an incident or a run');
  example(out, ['flowforge evidence export inc_0192…', 'flowforge evidence export --since 24h']);
  addOptions(out, PLACE_OPTIONS)
    .option('--since <duration>', 'everything of the last hours or days')
    .option('-o, --output <file>', 'where to write it (named after what it is about)')
    .option(...JSON_OPTION)
    .action((id?: string) => {
      end(load().then((it) => it.exportCommand(id, flagsFrom(out), out.opts())));
    });

  const verify = evidence
    .command('verify')
    .description('check that nothing was changed, and name the first row that was')
    .argument('[bundle]', 'a bundle; checked offline');
  example(verify, ['flowforge evidence verify inc_0192….tar', 'flowforge evidence verify --db']);
  addOptions(
    verify,
    PLACE_OPTIONS.filter((key) => key !== 'db'),
  )
    .option('--db [file]', 'check a database instead: the one in use, or the one named')
    .option('--key <file>', 'the public key to trust (PEM)')
    .option(...JSON_OPTION)
    .action((bundle?: string) => {
      end(load().then((it) => it.verifyCommand(bundle, flagsFrom(verify), verify.opts())));
    });
}

function addKeys(program: Command, end: End): void {
  const keys = program.command('keys').description('API keys, and the key that seals the evidence');
  const load = () => import('../commands/keys.ts');
  example(keys, ['flowforge keys create --name ci --scope read', 'flowforge keys list']);

  const create = keys.command('create').description('make an API key; its secret is shown once');
  example(create, ['flowforge keys create --name laptop --scope act --expires 90d']);
  addOptions(create, PLACE_OPTIONS)
    .requiredOption('--name <name>', 'what it is for')
    .option('--scope <scopes>', 'read, act or admin; several with commas', 'read,act')
    .option('--expires <duration>', 'from now')
    .option(...JSON_OPTION)
    .action(() => {
      end(load().then((it) => it.createKey(flagsFrom(create), create.opts())));
    });

  const list = keys.command('list').description('every API key, without its secret');
  example(list, ['flowforge keys list --json']);
  addOptions(list, PLACE_OPTIONS)
    .option(...JSON_OPTION)
    .action(() => {
      end(load().then((it) => it.listKeys(flagsFrom(list), list.opts())));
    });

  const revoke = keys.command('revoke').description('end an API key at once').argument('<id>');
  example(revoke, ['flowforge keys revoke 3kTbW0…']);
  addOptions(revoke, PLACE_OPTIONS)
    .option(...JSON_OPTION)
    .action((id: string) => {
      end(load().then((it) => it.revokeKey(id, flagsFrom(revoke), revoke.opts())));
    });

  const rotate = keys
    .command('rotate')
    .description('replace an API key, or (--master) the key that seals the evidence')
    .argument('[id]', 'the API key');
  example(rotate, [
    'flowforge keys rotate 3kTbW0… --overlap 1h',
    'flowforge keys rotate --master --from-file old.key       # the new one is FLOWFORGE_MASTER_KEY',
  ]);
  addOptions(rotate, PLACE_OPTIONS)
    .option('--overlap <duration>', 'how long the old API key still holds', '1h')
    .option('--master', 'seal the evidence anew with FLOWFORGE_MASTER_KEY')
    .option(
      '--from-file <file>',
      'with --master: the file that holds the key it is sealed with now',
    )
    .option(...JSON_OPTION)
    .action((id?: string) => {
      end(load().then((it) => it.rotateKey(id, flagsFrom(rotate), rotate.opts())));
    });
}

function addUpkeep(program: Command, end: End): void {
  const load = () => import('../commands/upkeep.ts');
  const prune = program
    .command('prune')
    .description('remove old evidence, from the beginning on, and leave a signed mark of it');
  example(prune, [
    'flowforge prune --older-than 30d',
    'flowforge prune --older-than 30d --keep-failures 180d',
    'flowforge prune --to-size 1GB',
  ]);
  addOptions(prune, PLACE_OPTIONS)
    .option('--older-than <duration>', 'what is older goes')
    .option('--keep-failures <duration>', 'runs with an incident stay so long')
    .option('--to-size <size>', 'the oldest goes until the database is no larger')
    .option(...JSON_OPTION)
    .action(() => {
      end(load().then((it) => it.pruneCommand(flagsFrom(prune), prune.opts())));
    });

  const backup = program
    .command('backup')
    .description('copy the database while it is in use; overwrites nothing')
    .argument('<file>', 'where to');
  example(backup, ['flowforge backup evidence-2026-11-23.db']);
  addOptions(backup, PLACE_OPTIONS)
    .option(...JSON_OPTION)
    .action((file: string) => {
      end(load().then((it) => it.backupCommand(file, flagsFrom(backup), backup.opts())));
    });
}

// `flowforge init`: writes a configuration file to begin with. Asks at a terminal only.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { packageFile } from '../../compose/installed.ts';
import { CONFIG_FILE_NAME } from '../../config/file.ts';
import { type Flags, loadConfig } from '../../config/load.ts';
import { configTemplate } from '../../config/template.ts';
import { EXIT, FlowForgeError } from '../../core/error.ts';
import { PROFILES } from '../../core/policy/policy.ts';
import { ROLLOUTS } from '../../core/policy/rollout.ts';
import type { ExitStatus } from '../../core/run.ts';
import { print } from '../terminal.ts';

export interface InitOptions {
  readonly force?: boolean;
  readonly output?: string;
}

type Choices = { profile?: string; rollout?: string };

export async function initCommand(flags: Flags, options: InitOptions): Promise<ExitStatus> {
  const path = resolve(options.output ?? CONFIG_FILE_NAME);
  const given = await checked(flags);
  const choices = process.stdin.isTTY && process.stderr.isTTY ? await ask(given) : given;
  const text = configTemplate(packageFile('docs/flowforge.schema.json'), choices);
  try {
    writeFileSync(path, text, { flag: options.force ? 'w' : 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new FlowForgeError(
      'FF_USAGE',
      isThere ? `there is ${path} already` : `cannot write ${path}`,
      {
        cause,
        hint: isThere
          ? 'Overwrite it with --force, or name another file with --output.'
          : 'Name another file with --output.',
      },
    );
  }
  print(`${path}\n\`flowforge config --origin\` shows what is in force.`);
  return { type: 'exited', code: EXIT.ok };
}

/** What was given on the command line, refused where it is no such word. */
async function checked({ profile, rollout }: Flags): Promise<Choices> {
  const given = {
    ...(profile === undefined ? {} : { profile: String(profile) }),
    ...(rollout === undefined ? {} : { rollout: String(rollout) }),
  };
  await loadConfig({ flags: given });
  return given;
}

async function ask(given: Choices): Promise<Choices> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const one = async (
    question: string,
    words: readonly string[],
    usual: string,
  ): Promise<string> => {
    for (;;) {
      const answer = (
        await terminal.question(`${question} (${words.join(', ')}) [${usual}] `)
      ).trim();
      if (answer === '') return usual;
      if (words.includes(answer)) return answer;
    }
  };
  try {
    return {
      profile:
        given.profile ?? (await one('How fast should a runaway be stopped?', PROFILES, 'standard')),
      rollout: given.rollout ?? (await one('Act, or only watch at first?', ROLLOUTS, 'enforce')),
    };
  } finally {
    terminal.close();
  }
}

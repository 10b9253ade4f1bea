// What a shell completes, made from the definitions of the commands: names, options, and the words an option takes.

import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command as a shell needs to know it. */
interface CompletedCommand {
  /** `run`, or `keys create` for a command of a command. */
  readonly name: string;
  readonly about: string;
  readonly options: readonly CompletedOption[];
}

interface CompletedOption {
  readonly flag: string;
  readonly about: string;
  /** The words it takes; empty where it takes none, or any. */
  readonly words: readonly string[];
  readonly takesValue: boolean;
}

/** The script that a shell reads, such as by `source <(flowforge completion bash)`. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = commandsOf(program);
  return { bash, zsh, fish }[shell](commands);
}

function commandsOf(command: Command, prefix = ''): readonly CompletedCommand[] {
  return command.commands.flatMap((child) => {
    const name = `${prefix}${child.name()}`;
    const own = { name, about: child.description(), options: optionsOf(child) };
    return [own, ...commandsOf(child, `${name} `)];
  });
}

function optionsOf(command: Command): readonly CompletedOption[] {
  const own = command.options.map((option) => {
    const words = /<([\w-]+(?:\|[\w-]+)+)>/.exec(option.flags)?.[1]?.split('|') ?? [];
    const flag = option.long ?? option.flags;
    return { flag, about: option.description, words, takesValue: option.required };
  });
  return [...own, { flag: '--help', about: 'help', words: [], takesValue: false }];
}

const topLevel = (commands: readonly CompletedCommand[]): readonly CompletedCommand[] =>
  commands.filter(({ name }) => !name.includes(' '));

const subCommands = (
  commands: readonly CompletedCommand[],
  of: string,
): readonly CompletedCommand[] => commands.filter(({ name }) => name.startsWith(`${of} `));

/** Words that may stand behind a command: its options, and the names of its own commands. */
const wordsOf = (commands: readonly CompletedCommand[], { name, options }: CompletedCommand) => [
  ...subCommands(commands, name).map((sub) => sub.name.slice(name.length + 1)),
  ...options.map(({ flag }) => flag),
];

const optionsWithWords = (commands: readonly CompletedCommand[]): ReadonlyMap<string, string> =>
  new Map(
    commands.flatMap(({ options }) =>
      options.flatMap(({ flag, words }) => (words.length > 0 ? [[flag, words.join(' ')]] : [])),
    ),
  );

function bash(commands: readonly CompletedCommand[]): string {
  const names = topLevel(commands).map(({ name }) => name);
  const values = [...optionsWithWords(commands)].map(
    ([flag, words]) => `    ${flag}) COMPREPLY=($(compgen -W "${words}" -- "$word")); return ;;`,
  );
  const cases = topLevel(commands).map(
    (command) => `    ${command.name}) words="${wordsOf(commands, command).join(' ')}" ;;`,
  );
  return `# bash completion of flowforge: source <(flowforge completion bash)
_flowforge() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command= words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} == -- ]]; then
      # What is guarded is completed as if it stood alone.
      if declare -F _command_offset >/dev/null; then _command_offset $((i + 1))
      elif ((COMP_CWORD == i + 1)); then COMPREPLY=($(compgen -c -- "$word"))
      else COMPREPLY=($(compgen -f -- "$word")); fi
      return
    fi
    if [[ -z $command && \${COMP_WORDS[i]} != -* ]]; then command=\${COMP_WORDS[i]}; fi
  done
  case $before in
${values.join('\n')}
  esac
  case $command in
    '') words="${names.join(' ')} --help --version" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if ((\${#COMPREPLY[@]} == 0)); then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _flowforge flowforge
`;
}

const inSingleQuotes = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(commands: readonly CompletedCommand[]): string {
  const described = (name: string, about: string): string =>
    inSingleQuotes(`${name.replaceAll(':', '\\:')}:${about}`);
  const names = topLevel(commands).map(({ name, about }) => `    ${described(name, about)}`);
  const cases = topLevel(commands).map((command) => {
    const subs = subCommands(commands, command.name).map((sub) =>
      described(sub.name.slice(command.name.length + 1), sub.about),
    );
    const options = command.options.map(({ flag, about }) => described(flag, about));
    return `    ${command.name}) words_of=(${[...subs, ...options].join(' ')}) ;;`;
  });
  const values = [...optionsWithWords(commands)].map(
    ([flag, words]) => `    ${flag}) compadd -- ${words}; return ;;`,
  );
  return `#compdef flowforge
# zsh completion of flowforge: source <(flowforge completion zsh)
_flowforge() {
  local -a commands=(
${names.join('\n')}
  ) words_of=()
  local separator=\${words[(i)--]}
  if ((separator < CURRENT)); then
    # What is guarded is completed as if it stood alone.
    shift separator words; ((CURRENT -= separator)); _normal; return
  fi
  if ((CURRENT == 2)); then _describe command commands; return; fi
  local command=$words[2]
  case $words[CURRENT-1] in
${values.join('\n')}
  esac
  case $command in
${cases.join('\n')}
  esac
  _describe option words_of
  _files
}
compdef _flowforge flowforge
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const names = topLevel(commands).map(
    ({ name, about }) =>
      `complete -c flowforge -f -n __fish_use_subcommand -a ${name} -d ${inSingleQuotes(about)}`,
  );
  const options = topLevel(commands).flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
    const subs = subCommands(commands, command.name).map(
      (sub) =>
        `complete -c flowforge ${seen} -a ${sub.name.slice(command.name.length + 1)} -d ${inSingleQuotes(sub.about)}`,
    );
    const flags = command.options.map(({ flag, about, words, takesValue }) => {
      const value = words.length > 0 ? ` -x -a '${words.join(' ')}'` : takesValue ? ' -r' : '';
      return `complete -c flowforge ${seen} -l ${flag.slice(2)}${value} -d ${inSingleQuotes(about)}`;
    });
    return [...subs, ...flags];
  });
  return `# fish completion of flowforge: flowforge completion fish | source
# What is guarded is completed as if it stood alone.
function __flowforge_guards
  contains -- -- (commandline -opc)
end
function __flowforge_guarded
  set -l words (commandline -opc)
  set -l at (contains -i -- -- $words)
  set -l guarded (string escape -- $words[(math $at + 1)..-1])
  complete -C (string join ' ' -- $guarded (commandline -ct))
end
complete -c flowforge -n __flowforge_guards -x -a '(__flowforge_guarded)'
${[...names, ...options].join('\n')}
`;
}

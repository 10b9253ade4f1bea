// Synthetic runaways. Their CPU is assumed.

import { RUNAWAY_SECONDS, type Story, stages, start } from './story.ts';

export const RUNAWAYS: Readonly<Record<string, Story>> = {
  'stuck line': {
    kind: 'busy-loop',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([0.002, 0.02, 0.2]);
      const text = chance.pick([
        'processing request 4242 failed, retrying endlessly',
        'waiting for lock on /var/lib/dpkg/lock-frontend',
        'ERROR could not parse response: unexpected token',
        'Looking for the file again...',
      ]);
      const stamped = chance.next() < 0.5;
      while (tape.now < RUNAWAY_SECONDS) {
        tape.wait(pause * (0.8 + chance.next() * 0.4));
        tape.say(stamped ? `${tape.stamp()} ${text}` : text);
      }
      return 100;
    },
  },
  'two lines in turn': {
    kind: 'busy-loop',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([0.01, 0.1, 0.3]);
      const first = chance.pick([
        'Reading file config.yaml',
        'tool_call: read_file {"path":"a.py"}',
        '> npm test',
      ]);
      const second = chance.pick([
        'Error: file not found',
        'tool_result: SyntaxError at line 12',
        'FAIL 1 test failed',
      ]);
      while (tape.now < RUNAWAY_SECONDS) {
        tape.wait(pause);
        tape.say(tape.lines.length % 2 === 0 ? first : second);
      }
      return 100;
    },
  },
  'failing cycle': {
    kind: 'busy-loop',
    split: 'validation',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([0.005, 0.05, 0.2]);
      const names = stages(chance, chance.pick([5, 7, 11, 23]));
      for (let round = 1; tape.now < RUNAWAY_SECONDS; round++) {
        for (const [i, name] of names.entries()) {
          tape.wait(pause);
          const end = i === names.length - 1 ? ' failed: connection reset by peer' : '';
          tape.say(
            `${tape.stamp()} [req-${chance.hex(8)}] ${name} attempt=${round} pid=${1000 + round * 3}${end}`,
          );
        }
      }
      return 100;
    },
  },
  'neutral cycle': {
    kind: 'busy-loop',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([0.005, 0.05, 0.2]);
      const names = stages(chance, chance.pick([4, 7, 13]));
      for (let round = 1; tape.now < RUNAWAY_SECONDS; round++) {
        for (const name of names) {
          tape.wait(pause);
          tape.say(`${tape.stamp()} ${name} iteration=${round} status=pending`);
        }
      }
      return 100;
    },
  },
  'exponential backoff': {
    kind: 'retry-storm',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const cap = chance.pick([8, 30, 60]);
      let delay = 1;
      for (let attempt = 1; tape.now < 1200; attempt++) {
        const answer = chance.pick([
          '429 Too Many Requests',
          '529 overloaded',
          'ECONNREFUSED 10.0.0.7:443',
        ]);
        tape.say(
          `${tape.stamp()} WARN POST https://api.example.com/v1/messages failed with ${answer} (attempt ${attempt}), retrying in ${delay.toFixed(1)}s`,
        );
        tape.wait(delay * (0.9 + chance.next() * 0.2));
        delay = Math.min(cap, delay * 2);
      }
      return 1;
    },
  },
  'fast retry': {
    kind: 'retry-storm',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([0.02, 0.2, 1, 3]);
      for (let attempt = 1; tape.now < 240; attempt++) {
        tape.wait(pause * (0.7 + chance.next() * 0.6));
        tape.say(
          `${tape.stamp()} ERROR [${chance.hex(12)}] connect ETIMEDOUT db-${chance.below(3)}.internal:5432 (retry #${attempt})`,
        );
        tape.say('    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1607:16)');
      }
      return pause < 0.1 ? 80 : 5;
    },
  },
  'agent in text': {
    kind: 'agent-loop',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      const command = chance.pick([
        'ssh box "make run-runner"',
        'cat /app/main.py',
        'npm run build',
      ]);
      const answer = chance.pick([
        "make: *** No rule to make target 'run-runner'.  Stop.",
        'cat: /app/main.py: No such file or directory',
        "Error: Cannot find module './dist'",
      ]);
      while (tape.now < 300) {
        tape.wait(3 + chance.next() * 4);
        tape.say(`Bash(${command})`);
        tape.wait(0.5);
        tape.say('  Error: Exit code 2');
        tape.say(`  ${answer}`);
        tape.wait(1);
        tape.say(
          chance.pick(['Let me try that again.', 'I will retry the command.', 'Let me try again.']),
        );
      }
      return 2;
    },
  },
};

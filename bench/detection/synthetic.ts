// Families of made-up output by seed: many variants of pace, wording and length at no cost. Their CPU is
// assumed, so they stand beside the recorded runs, not in their place.

import type { Kind, Split } from './families.ts';
import { type Chance, chanceOf } from './random.ts';

export interface TimedLine {
  readonly at: number;
  readonly text: string;
  readonly redraw?: boolean;
}

export interface SyntheticRun {
  readonly family: string;
  readonly kind: Kind;
  readonly split: Split;
  readonly onsetSeconds: number;
  readonly cpuPercent: number;
  readonly lines: readonly TimedLine[];
}

interface Story {
  readonly kind: Kind;
  readonly split: Split;
  /** Tells lines to `say` at growing instants (seconds); gives the CPU it used, in percent. */
  tell(chance: Chance, tape: Tape): number;
}

/** Collects lines and keeps the time. */
class Tape {
  readonly lines: TimedLine[] = [];
  now = 0;

  say(text: string, redraw = false): void {
    this.lines.push({ at: this.now, text, redraw });
  }

  wait(seconds: number): void {
    this.now += seconds;
  }

  stamp(): string {
    return new Date(1_700_000_000_000 + this.now * 1000).toISOString();
  }
}

const WORDS =
  'alpha parser module server client widget router cache index layout auth token queue worker schema model query render bundle config adapter logger stream buffer crypto socket handler util types store'.split(
    ' ',
  );

function start(chance: Chance, tape: Tape, lines: number): void {
  for (let i = 0; i < lines; i++) {
    tape.wait(chance.next() * 0.3);
    tape.say(
      `${tape.stamp()} INFO starting ${chance.pick(WORDS)} ${chance.pick(WORDS)} with ${chance.pick(WORDS)}=${chance.below(1000)}`,
    );
  }
}

const file = (chance: Chance): string =>
  `src/${chance.pick(WORDS)}/${chance.pick(WORDS)}_${chance.pick(WORDS)}${chance.below(100)}.ts`;

const stages = (chance: Chance, count: number): readonly string[] =>
  Array.from(
    { length: count },
    () =>
      `${chance.pick(WORDS)} ${chance.pick(WORDS)} ${chance.pick(['step', 'phase', 'task', 'call'])}`,
  );

const RUNAWAY_SECONDS = 180;

const STORIES: Readonly<Record<string, Story>> = {
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
  epochs: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const epochs = chance.pick([10, 100, 1000]);
      const pause = chance.pick([0.05, 0.5, 3]);
      let loss = 2.5;
      for (let epoch = 1; epoch <= Math.min(epochs, 400); epoch++) {
        tape.wait(pause);
        loss = loss * 0.995 + chance.next() * 0.02;
        tape.say(
          `Epoch ${epoch}/${epochs} - loss: ${loss.toFixed(4)} - acc: ${(1 - loss / 3).toFixed(4)} - ${Math.floor(pause * 1000)}ms/step`,
        );
        if (epoch % 10 === 0)
          tape.say(`  val_loss=${(loss * 1.05).toFixed(4)} saved checkpoint ckpt_${epoch}.pt`);
      }
      return 100;
    },
  },
  heartbeat: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 8);
      const pause = chance.pick([1, 5, 30]);
      const stamped = chance.next() < 0.5;
      while (tape.now < 600) {
        tape.wait(pause);
        tape.say(stamped ? `${tape.stamp()} INFO heartbeat ok queue=0` : 'heartbeat: alive');
      }
      return chance.pick([1, 100]);
    },
  },
  compile: {
    kind: 'healthy',
    split: 'train',
    tell(chance, tape) {
      start(chance, tape, 3);
      const files = chance.pick([80, 600, 2500]);
      const style = chance.below(3);
      for (let i = 1; i <= files; i++) {
        tape.wait(0.02 + chance.next() * 0.2);
        const name = file(chance);
        if (style === 0) tape.say(`[${i}/${files}] Building CXX object ${name}.o`);
        else if (style === 1)
          tape.say(
            `   Compiling ${chance.pick(WORDS)}-${chance.pick(WORDS)} v${chance.below(9)}.${chance.below(20)}.${chance.below(9)}`,
          );
        else tape.say(`  CC      ${name}`);
      }
      return 100;
    },
  },
  'bulk copy': {
    kind: 'healthy',
    split: 'validation',
    tell(chance, tape) {
      start(chance, tape, 3);
      const style = chance.below(3);
      for (let i = 0; i < chance.pick([500, 5000]); i++) {
        tape.wait(0.005 + chance.next() * 0.02);
        const part = String(i).padStart(6, '0');
        if (style === 0) tape.say(`copied shard_${part}.jsonl`);
        else if (style === 1)
          tape.say(
            `sending incremental file list data/${chance.hex(12)}.bin ${chance.below(1e6)} bytes`,
          );
        else
          tape.say(
            `Moved: /app/data/part-${part}.parquet -> /out/${chance.hex(6)}/part-${part}.parquet`,
          );
      }
      return chance.pick([30, 100]);
    },
  },
  'many lint errors': {
    kind: 'healthy',
    split: 'validation',
    tell(chance, tape) {
      start(chance, tape, 3);
      for (let i = 0; i < chance.pick([100, 1500]); i++) {
        tape.wait(0.003 + chance.next() * 0.01);
        const what = chance.pick([
          "Cannot find name 'foo'.",
          "Type 'string' is not assignable to type 'number'.",
        ]);
        tape.say(
          `${file(chance)}(${chance.below(900)},${chance.below(80)}): error TS${chance.pick([2304, 2322, 2345])}: ${what}`,
        );
      }
      return 100;
    },
  },
  'access log': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      const rate = chance.pick([2, 50, 400]);
      const routes = Array.from(
        { length: chance.pick([3, 12]) },
        () => `/${chance.pick(WORDS)}/${chance.pick(WORDS)}`,
      );
      for (let i = 0; i < Math.min(8000, rate * 120); i++) {
        tape.wait(-Math.log(1 - chance.next()) / rate);
        tape.say(
          `10.${chance.below(9)}.3.${chance.below(250)} - - [${tape.stamp()}] "GET ${chance.pick(routes)}?id=${chance.below(1e5)} HTTP/1.1" ${chance.pick([200, 200, 200, 304, 404, 500])} ${chance.below(9000)}`,
        );
      }
      return chance.pick([10, 100]);
    },
  },
  'verbose tests': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const tests = chance.pick([100, 1500]);
      for (let i = 0; i < tests; i++) {
        tape.wait(0.01 + chance.next() * 0.2);
        const verdict = chance.next() < 0.02 ? 'FAILED' : 'PASSED';
        tape.say(
          `tests/test_${chance.pick(WORDS)}.py::test_${chance.pick(WORDS)}_${chance.pick(WORDS)}[${chance.below(20)}] ${verdict} [${String(Math.floor((i / tests) * 100)).padStart(3)}%]`,
        );
      }
      return 100;
    },
  },
  'redrawn bar': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const total = chance.pick([100, 2000]);
      for (let i = 0; i <= total; i++) {
        tape.wait(0.05 + chance.next() * 0.1);
        tape.say(
          `${String(Math.floor((i / total) * 100)).padStart(3)}%|${'#'.repeat((i / total) * 10)}| ${i}/${total} [${(20 + chance.next()).toFixed(2)}it/s]`,
          true,
        );
      }
      return 100;
    },
  },
  'flaky downloads': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 8);
      for (let i = 0; i < 40; i++) {
        for (let attempt = 1; attempt <= chance.below(4); attempt++) {
          tape.wait(2 ** attempt * 0.5);
          tape.say(
            `WARN download of ${chance.pick(WORDS)}.tar.gz failed (attempt ${attempt}/5), retrying in ${2 ** attempt}s`,
          );
        }
        tape.wait(2 + chance.next() * 3);
        tape.say(
          `downloaded ${chance.pick(WORDS)}-${chance.pick(WORDS)}.tar.gz (${chance.below(90)} MB)`,
        );
      }
      return 20;
    },
  },
  simulation: {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      let energy = -100;
      for (let i = 0; i < 600; i++) {
        tape.wait(0.3);
        energy += chance.next() - 0.6;
        tape.say(
          `iter ${String(i * 100).padStart(8, '0')} energy ${energy.toFixed(6)} temp ${(300 + chance.next() * 5).toFixed(2)} press ${(1 + chance.next() * 0.1).toFixed(4)}`,
        );
      }
      return 100;
    },
  },
  'dots of tests': {
    kind: 'healthy',
    split: 'held-out',
    tell(chance, tape) {
      start(chance, tape, 3);
      const files = chance.pick([10, 60]);
      for (let i = 0; i < files; i++) {
        tape.wait(1 + chance.next() * 3);
        tape.say(
          `tests/test_${chance.pick(WORDS)}_${chance.pick(WORDS)}.py ${'.'.repeat(5 + chance.below(60))} [ ${Math.min(99, Math.floor((100 * i) / files))}%]`,
        );
      }
      return 100;
    },
  },
};

/** All families, each as often as there are seeds. */
export function syntheticRuns(seeds: readonly number[]): readonly SyntheticRun[] {
  return Object.entries(STORIES).flatMap(([family, { kind, split, tell }], index) =>
    seeds.map((seed) => {
      const tape = new Tape();
      const cpuPercent = tell(chanceOf(seed * 7919 + index * 31), tape);
      const onsetSeconds = kind === 'healthy' ? 0 : (tape.lines[8]?.at ?? 0);
      return { family, kind, split, onsetSeconds, cpuPercent, lines: tape.lines };
    }),
  );
}

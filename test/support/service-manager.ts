// Stands where systemd would: a datagram socket (Node has none of that kind), and what is said to it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const RECEIVER = `
import socket, sys
name = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\\0" + name[1:] if name[0] == "@" else name)
manager.settimeout(0.5)
print("listening", flush=True)
while True:
    try:
        print(manager.recv(4096).decode(), flush=True)
    except TimeoutError:
        print("silence", flush=True)
`;

export interface TestManager {
  /** Everything that was said so far; half a second without a word is `silence`. */
  readonly words: readonly string[];
  /** Settles when a word that begins so is said from now on, or has been said and not been waited for yet. */
  hears(beginning: string): Promise<string>;
}

/** Listens at a path, or, where the name begins with @, in the abstract name space. */
export async function startManager(name: string): Promise<TestManager> {
  const receiver = spawn('python3', ['-c', RECEIVER, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void receiver.kill('SIGKILL'));
  const words: string[] = [];
  let heard = 0;
  const nobodyWaits = (): void => {};
  let look = nobodyWaits;
  createInterface({ input: receiver.stdout }).on('line', (word) => {
    words.push(word);
    look();
  });
  const manager: TestManager = {
    words,
    hears: (beginning) =>
      new Promise((done) => {
        look = () => {
          while (heard < words.length) {
            const word = words[heard++] ?? '';
            if (!word.startsWith(beginning)) continue;
            look = nobodyWaits;
            return done(word);
          }
        };
        look();
      }),
  };
  await manager.hears('listening');
  return manager;
}

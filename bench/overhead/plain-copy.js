// What a supervisor in plain Node does: starts a command and copies its output through itself.
import { spawn } from 'node:child_process';

const [command, ...rest] = process.argv.slice(2);
const child = spawn(command, rest, { stdio: ['inherit', 'pipe', 'inherit'] });
child.stdout.pipe(process.stdout);
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});

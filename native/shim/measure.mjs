// What the shim costs: node native/shim/measure.mjs [shim]. Time it adds to a spawn, its memory, and how long a target
// that forks and exits all the time lives after the order to kill.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const shim = process.argv[2] ?? `dist/shim/${process.platform}-${process.arch}/flowforge-shim`;
const stdio = ['ignore', 'pipe', 'inherit', 'pipe', 'pipe', 'pipe'];
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function start(...argv) {
  const child = spawn(shim, ['--', ...argv], { stdio });
  const said = { text: '' };
  child.stdio[3].setEncoding('utf8').on('data', (text) => {
    said.text += text;
    if (text.includes('end\n')) child.stdio[3].destroy();
  });
  child.stdio[3].on('error', () => {});
  child.stdio[4].resume();
  child.stdio[5].resume();
  return { child, said };
}

const ended = (child) => new Promise((done) => child.once('exit', done));
const printed = (child) => new Promise((done) => child.stdout.once('data', done));

async function spawnMs(begin, count = 101) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const at = performance.now();
    const child = begin();
    await new Promise((done) => {
      child.once('exit', done);
      child.stdout?.resume();
    });
    times.push(performance.now() - at);
  }
  return median(times);
}

const bare = await spawnMs(() => spawn('/bin/true', { stdio: ['ignore', 'pipe', 'inherit'] }));
const with_ = await spawnMs(() => start('/bin/true').child);
console.log(`spawn and end of /bin/true, median of 101: bare ${bare.toFixed(1)} ms, under the shim ${with_.toFixed(1)} ms`);

const flood = start('sh', '-c', 'head -c 300000000 /dev/zero; echo; sleep 60');
let bytes = 0;
await new Promise((done) => flood.child.stdout.on('data', (chunk) => {
  bytes += chunk.length;
  if (bytes > 300_000_000) done();
}));
const status = readFileSync(`/proc/${flood.child.pid}/status`, 'utf8');
console.log(`memory after 300 MB of output: ${/VmRSS:\s+(.*)/.exec(status)[1]}`);
flood.child.stdio[3].write('kill\n');
await ended(flood.child);

const runner = `import os, sys
print('up', flush=True)
while True:
    if os.fork(): os._exit(0)
    os.setsid()`;
const times = [];
for (let round = 0; round < 20; round++) {
  const { child, said } = start('python3', '-c', runner);
  await printed(child);
  const at = performance.now();
  child.stdio[3].on('data', () => {
    if (said.text.includes('empty ') && !said.took) said.took = performance.now() - at;
  });
  child.stdio[3].write('kill\n');
  await ended(child);
  times.push(said.took);
}
console.log(`moving target, 20 times: gone after ${median(times).toFixed(1)} ms (median), ${Math.max(...times).toFixed(1)} ms (longest)`);

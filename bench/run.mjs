// `npm run bench`, or one part alone: `npm run bench -- start`, `router`, `relay`, `releases`, `reads`, `intake`, `scaling`, `kills`, `soak`.
import { spawn } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { prepare } from '../tools/launch/prepare.mjs';

const parts = ['start', 'router', 'relay', 'releases', 'reads', 'intake', 'scaling', 'kills', 'soak'];
const asked = process.argv.slice(2);
const unknown = asked.find((part) => !parts.includes(part));
if (unknown !== undefined) {
  process.stderr.write(`error: there is no part ${unknown}; there are ${parts.join(', ')}\n`);
  process.exit(2);
}

await prepare(console.log);
console.log(`Node ${process.version}, ${process.platform} ${process.arch}\n`);
for (const part of asked.length > 0 ? asked : parts) {
  const load = loadavg()[0].toFixed(1);
  console.log(`== ${part} (${availableParallelism()} processors, load ${load} before)`);
  // Each in a process of its own: what one has loaded and left behind is no part of the next one's figures.
  const code = await ended(spawn(process.execPath, [join(import.meta.dirname, `${part}.mjs`)], { stdio: 'inherit' }));
  if (code !== 0) process.exit(code);
  console.log('');
}

function ended(child) {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

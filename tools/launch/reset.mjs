// `npm run reset`: forgets everything Signalbox has stored in this checkout.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { root } from './prepare.mjs';
import { kinds, objectionTo, stateFolder } from './state-folder.mjs';

const state = stateFolder(root);
const isThere = existsSync(state);
const objection = objectionTo(state, root);
if (objection !== undefined) {
  const fix = 'SIGNALBOX_STATE names the folder that Signalbox was started with, .signalbox without it';
  process.stderr.write(`error: ${state} ${objection}\nfix: ${fix}; what else is in there has to be moved\n`);
  process.exit(2);
}
for (const kind of kinds) {
  const record = join(state, kind, 'supervisor.pid');
  if (!existsSync(record)) continue;
  const { pid, startedAt } = recordOf(record);
  // After a reboot the number may be another program's.
  if (pid !== undefined && startTimeOf(pid) === startedAt) {
    process.stderr.write(`error: Signalbox runs in ${state}: process ${pid}\nfix: stop it first\n`);
    process.exit(2);
  }
}
await endServers();
// As root below a closed folder PostgreSQL has its data where its own user gets to (libs/persistence/src/server-user.ts).
for (const kind of kinds) {
  const hash = createHash('sha256')
    .update(join(state, kind, 'postgres'))
    .digest('hex')
    .slice(0, 12);
  for (const parent of ['/var/lib', '/var/tmp'])
    rmSync(`${parent}/signalbox-${hash}`, { recursive: true, force: true });
}
// Where builds and applications have their files when this folder has packages (apps/platform/src/supervisor/workspaces.ts).
for (const kind of kinds) {
  const hash = createHash('sha256').update(join(state, kind)).digest('hex').slice(0, 12);
  rmSync(join(homedir(), '.local/state/signalbox', hash), { recursive: true, force: true });
}
rmSync(state, { recursive: true, force: true });
process.stdout.write(isThere ? `removed ${state}\n` : `nothing to remove: there is no ${state}\n`);

/** A host, a broker and a database outlive a supervisor that was killed; without their data they are of no use. */
async function endServers() {
  await endServices();
  const deadline = Date.now() + 60_000;
  for (const [program, signal] of [
    ['/apps/host/dist/', 'SIGTERM'],
    ['kafka.Kafka', 'SIGTERM'],
    ['bin/postgres', 'SIGINT'],
  ]) {
    let pids = serversOf(program);
    if (pids.length > 0) process.stdout.write(`ending process ${pids.join(', ')}\n`);
    for (const pid of pids) process.kill(pid, signal);
    while (pids.length > 0 && Date.now() < deadline) {
      await delay(100);
      pids = serversOf(program);
    }
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  }
}

/** They notice that their supervisor is gone, and end by themselves within ten seconds; what hangs does not. */
async function endServices() {
  const hosts = serversOf('/apps/host/dist/');
  const services = () => serversOf('/dist/bundle/main.js').filter((pid) => !hosts.includes(pid));
  const deadline = Date.now() + 12_000;
  while (services().length > 0 && Date.now() < deadline) await delay(100);
  const pids = services();
  if (pids.length > 0) process.stdout.write(`ending process ${pids.join(', ')}\n`);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

/** Processes of this state folder, by the mark that the supervisor gives to all it starts. */
function serversOf(program) {
  const marks = kinds.map((kind) => `SIGNALBOX_INSTALLATION=${join(state, kind)}`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(program))
    .filter((name) =>
      read(`/proc/${name}/environ`)
        .split('\0')
        .some((entry) => marks.includes(entry)),
    )
    .map(Number);
}

/** Empty where the file is, which is what a machine leaves that lost its power. */
function recordOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** The kernel's start time of a process, as the supervisor records it. */
function startTimeOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/**
 * What a user would otherwise take as a durable engine for processes, each on the same piece of work: six steps whose
 * results are stored, one before the next begins. `floor` is eight plain commits without an engine.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const folder = join(import.meta.dirname, 'peers');
const run = promisify(execFile);
const temporal = join(folder, 'temporal');
/**
 * What each runs as, given clients, most and seconds; Restate keeps what it stores itself, the others in the PostgreSQL
 * that is given.
 */
const programs = {
  floor: (limits) => [process.execPath, join(folder, 'floor.mjs'), ...limits],
  dbos: (limits) => [process.execPath, join(folder, 'dbos.mjs'), ...limits],
  'graphile-worker': (limits) => [process.execPath, join(folder, 'graphile.mjs'), ...limits],
  'restate, 1 partition': (limits) => [process.execPath, join(folder, 'restate.mjs'), ...limits, '1'],
};
const most = 100_000;

/**
 * Installs them beside the product, whose dependencies they are not; Temporal's first build takes minutes.
 * @returns the names of those that can be measured here
 */
export async function installPeers() {
  await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
  try {
    await run('go', ['build', '-o', 'temporal', '.'], { cwd: temporal });
    programs.temporal = (limits) => [join(temporal, 'temporal'), 'activities', ...limits];
  } catch (error) {
    console.log(`temporal is left out; it needs Go 1.26.8 or newer: ${error.message.split('\n')[0]}`);
  }
  return Object.keys(programs);
}

/** The databases that they want. */
export const peerDatabases = ['floor', 'dbos', 'graphile', 'temporal', 'temporal_visibility'];

/** What has to be in those before a measurement. @param postgres URL of any database of the server */
export async function preparePeers(postgres) {
  if (programs.temporal)
    await run(join(temporal, 'temporal'), ['schema'], { env: { ...process.env, PEERS_POSTGRES: postgres } });
}

/**
 * @param postgres URL of any database of the server
 * @returns { perSecond, p50Ms, p99Ms, version } after two seconds of warm-up
 */
export async function measurePeer(name, { postgres, clients, seconds }) {
  const [program, ...args] = programs[name]([clients, most, seconds].map(String));
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, PEERS_POSTGRES: postgres },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const line = output.split('\n').find((each) => each.startsWith('{"peer"'));
  if (code !== 0 || line === undefined) throw new Error(`${name} ended with ${code} and without figures`);
  return JSON.parse(line);
}

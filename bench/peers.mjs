/**
 * What a user would otherwise take as a durable engine for processes, each on the same piece of work: six steps whose
 * results are stored, one before the next begins. `floor` is eight plain commits without an engine.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const folder = join(import.meta.dirname, 'peers');
/** What each runs as; Restate keeps what it stores itself, the others in the PostgreSQL that is given. */
const programs = {
  floor: ['floor.mjs'],
  dbos: ['dbos.mjs'],
  'graphile-worker': ['graphile.mjs'],
  'restate, 1 partition': ['restate.mjs', '1'],
};
const most = 100_000;

export const peerNames = Object.keys(programs);

/** Installs them beside the product, whose dependencies they are not. */
export async function installPeers() {
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder });
}

/** The databases that they want. */
export const peerDatabases = ['floor', 'dbos', 'graphile'];

/**
 * @param postgres URL of any database of the server
 * @returns { perSecond, p50Ms, p99Ms, version } after two seconds of warm-up
 */
export async function measurePeer(name, { postgres, clients, seconds }) {
  const [script, ...more] = programs[name];
  const child = spawn(process.execPath, [join(folder, script), clients, most, seconds, ...more].map(String), {
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

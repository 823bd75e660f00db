/**
 * What a user would otherwise take as a durable engine for processes, each on the same piece of work: six steps whose
 * results are stored, one before the next begins; and the same without an engine (\`floors\`): eight plain commits, and twelve
 * hops of a commit and a record each (chain.mjs), which nothing that works hop by hop can be quicker than.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const folder = join(import.meta.dirname, 'peers');
const run = promisify(execFile);
const temporal = join(folder, 'temporal');
/** Without what Node says of the clients' ways. */
const node = [process.execPath, '--no-warnings'];
/**
 * What each runs as, given clients, most and seconds; Restate keeps what it stores itself, the others in the PostgreSQL
 * that is given.
 */
const programs = {
  dbos: (limits) => [...node, join(folder, 'dbos.mjs'), ...limits],
  'graphile-worker': (limits) => [...node, join(folder, 'graphile.mjs'), ...limits],
  'restate, 1 partition': (limits) => [...node, join(folder, 'restate.mjs'), ...limits, '1'],
};
const chain =
  (...kind) =>
  (limits) => [...node, join(import.meta.dirname, 'chain.mjs'), ...limits, ...kind];
const floors = {
  'eight plain commits': (limits) => [...node, join(folder, 'floor.mjs'), ...limits],
  'hops over a table': chain('table', 'single'),
  'hops over a table, grouped': chain('table', 'grouped'),
  'hops over Kafka': chain('kafka', 'single'),
  'hops over Kafka, grouped': chain('kafka', 'grouped'),
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

/** The names of the floors that can be measured where there is a Kafka, or none. */
export const floorNames = (kafka) => Object.keys(floors).filter((name) => kafka || !name.includes('Kafka'));

/** The databases that they want. */
export const peerDatabases = ['floor', 'chain', 'dbos', 'graphile', 'temporal', 'temporal_visibility'];

/** What has to be in those before a measurement. @param postgres URL of any database of the server */
export async function preparePeers(postgres) {
  if (programs.temporal)
    await run(join(temporal, 'temporal'), ['schema'], { env: { ...process.env, PEERS_POSTGRES: postgres } });
}

/**
 * @param name of a peer or a floor
 * @param postgres URL of any database of the server
 * @returns { perSecond, p50Ms, p99Ms, version } after two seconds of warm-up
 */
export async function measurePeer(name, { postgres, kafka, clients, seconds }) {
  const [program, ...args] = { ...programs, ...floors }[name]([clients, most, seconds].map(String));
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, PEERS_POSTGRES: postgres, CHAIN_BROKERS: kafka?.brokers.join(',') ?? '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const line = output.split('\n').find((each) => each.startsWith('{"peer"'));
  if (code !== 0 || line === undefined) throw new Error(`${name} ended with ${code} and without figures`);
  return JSON.parse(line);
}

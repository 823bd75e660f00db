import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import { Client } from 'pg';
import { freePort } from '../support/free-port.js';

const installationFile = 'embedded/secrets/installation.json';

/** What was seen of the installation before it was killed. */
export interface Seen {
  /** Id by application. */
  releases: Record<string, string>;
  /** Body by path. */
  answers: Record<string, unknown>;
  freeze: string;
  leadKey: string;
}

interface Dump {
  schema: string[];
  tables: { name: string; insert: string; rows: string[] }[];
  sequences: string[];
}

/** As `tools/upgrade/make-fixture.mjs` writes it. */
interface Fixture {
  commit: string;
  takenAt: string;
  roots: { state: string; repositories: string };
  seen: Seen;
  databases: Record<string, Dump>;
  files: Record<string, { encoding: 'utf8' | 'base64'; content: string }>;
  repositories: Record<string, string>;
}

export interface Restored {
  seen: Seen;
  /** Names of the migrations that each database had. */
  migrations: Record<string, string[]>;
  /** The folder of an application's repository. */
  repository(application: string): string;
}

const times = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)/g;

/**
 * Puts an earlier installation into a state folder, from which today's code can be started.
 * @param downMs how long it has not run: every time that it had stored is moved so far before now
 */
export async function restore(file: string, state: string, downMs: number): Promise<Restored> {
  const ports = { host: await freePort(), 'build-coordinator': await freePort() };
  const fixture = moved(gunzipSync(await readFile(file)).toString('utf8'), state, downMs, ports);
  for (const [path, { encoding, content }] of Object.entries(fixture.files)) {
    await mkdir(dirname(join(state, path)), { recursive: true });
    await writeFile(join(state, path), content, { encoding, mode: 0o600 });
  }
  const repository = (application: string) => join(fixture.roots.repositories, application);
  for (const [name, bundle] of Object.entries(fixture.repositories)) await cloneFrom(bundle, repository(name));
  await restoreDatabases(fixture, state);
  return { seen: fixture.seen, migrations: migrationsOf(fixture), repository };
}

/** Those whose addresses are stored. */
type StoredPorts = Record<'host' | 'build-coordinator', number>;

/**
 * The fixture with the folders of here, the times of now, and ports that are free: it was taken somewhere else, ages, and
 * is restored beside other installations.
 */
function moved(text: string, state: string, downMs: number, ports: StoredPorts): Fixture {
  const { roots, takenAt, files } = JSON.parse(text) as Fixture;
  const byMs = Date.now() - downMs - Date.parse(takenAt);
  const secrets = JSON.parse(files[installationFile]?.content ?? '') as { ports: StoredPorts };
  const here = text
    .replaceAll(roots.state, state)
    .replaceAll(roots.repositories, join(state, 'repositories'))
    .replaceAll(`localhost:${secrets.ports.host}`, `localhost:${ports.host}`)
    .replaceAll(`127.0.0.1:${secrets.ports['build-coordinator']}`, `127.0.0.1:${ports['build-coordinator']}`)
    .replace(times, (time) => later(time, byMs));
  const fixture = JSON.parse(here) as Fixture;
  const content = JSON.stringify({ ...secrets, ports: { ...secrets.ports, ...ports } });
  return { ...fixture, files: { ...fixture.files, [installationFile]: { encoding: 'utf8', content } } };
}

/** The microseconds of PostgreSQL stay what they are, so that the order of times does. */
function later(time: string, byMs: number): string {
  const [, microseconds = '', zone = 'Z'] = /(?:\.\d{3}(\d*))?(Z|\+00:00)$/.exec(time) ?? [];
  return new Date(Date.parse(time) + byMs).toISOString().replace('Z', `${microseconds}${zone}`);
}

async function cloneFrom(bundle: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  await writeFile(`${folder}.bundle`, bundle, 'base64');
  execFileSync('git', ['clone', '--quiet', '--branch', 'main', `${folder}.bundle`, folder], { stdio: 'pipe' });
}

async function restoreDatabases(fixture: Fixture, state: string): Promise<void> {
  const server = await EmbeddedPostgresServer.start({ dataDir: join(state, 'embedded', 'postgres') });
  const { databasePasswords } = JSON.parse(fixture.files['embedded/secrets/installation.json']?.content ?? '{}') as {
    databasePasswords: Record<string, string>;
  };
  try {
    for (const [name, dump] of Object.entries(fixture.databases)) {
      await connected(server.url('postgres'), async (client) => {
        const role = client.escapeIdentifier(name);
        await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(databasePasswords[name] ?? '')}`);
        await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
        await client.query(`REVOKE CONNECT ON DATABASE ${role} FROM PUBLIC`);
      });
      await connected(server.url(name), (client) => fill(client, name, dump));
    }
  } finally {
    await server.stop();
  }
}

async function fill(client: Client, owner: string, { schema, tables, sequences }: Dump): Promise<void> {
  await client.query(`SET ROLE ${client.escapeIdentifier(owner)}`);
  for (const statement of schema) await client.query(statement);
  for (const { insert, rows } of tables) if (rows.length > 0) await client.query(insert, [`[${rows.join(',')}]`]);
  for (const statement of sequences) await client.query(statement);
}

async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function migrationsOf({ databases }: Fixture): Record<string, string[]> {
  const of = ({ tables }: Dump) => tables.find(({ name }) => name === 'schema_migration')?.rows ?? [];
  return Object.fromEntries(
    Object.entries(databases).map(([name, dump]) => [
      name,
      of(dump).map((row) => (JSON.parse(row) as { name: string }).name),
    ]),
  );
}

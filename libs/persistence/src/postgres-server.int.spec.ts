import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { Client } from 'pg';
import { EmbeddedPostgresServer } from './postgres-server.js';

const servers: EmbeddedPostgresServer[] = [];
const folders: string[] = [];

async function start(folder: string): Promise<EmbeddedPostgresServer> {
  const server = await EmbeddedPostgresServer.start({ dataDir: join(folder, 'postgres') });
  servers.push(server);
  // As root it is elsewhere, for folders made here are closed to its user.
  if (!server.dataDir.startsWith(folder)) folders.push(dirname(server.dataDir));
  return server;
}

async function valueIn(url: string, sql: string): Promise<unknown> {
  const client = new Client(url);
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

it('starts under a folder that other users cannot enter, is adopted by a second start, and keeps what it holds', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-closed-'));
  folders.push(folder);
  const first = await start(folder);
  await first.createDatabase('kept');
  await first.createDatabase('kept');
  await valueIn(first.url('kept'), 'CREATE TABLE note AS SELECT 42 AS answer');

  const second = await start(folder);
  expect(second.adopted).toBe(true);
  expect(second.pid).toBe(first.pid);

  await second.stop();
  expect(first.isRunning()).toBe(false);
  const third = await start(folder);
  expect(third.adopted).toBe(false);
  expect(third.port).toBe(first.port);
  expect(await valueIn(third.url('kept'), 'SELECT answer FROM note')).toBe(42);
});

it('keeps no file in its data folder that its own user cannot read: a base backup takes them all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-owned-'));
  folders.push(folder);
  const server = await start(folder);
  const data = String(await valueIn(server.url('postgres'), 'SHOW data_directory'));
  const owner = (await stat(data)).uid;
  const files = await readdir(data, { withFileTypes: true });
  const owners = await Promise.all(files.map(async ({ name }) => [name, (await stat(join(data, name))).uid] as const));
  expect(owners.map(([name]) => name)).toEqual(expect.arrayContaining(['access.json', 'server.log', 'base']));
  expect(owners.filter(([, uid]) => uid !== owner)).toEqual([]);
});

it('comes back after it was killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-killed-'));
  folders.push(folder);
  const first = await start(folder);
  await first.createDatabase('kept');
  process.kill(first.pid, 'SIGKILL');
  const second = await start(folder);
  expect(await valueIn(second.url('kept'), 'SELECT 1')).toBe(1);
});

it('as root it runs as the user whose its data are, and leaves them to that user', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-theirs-'));
  folders.push(folder);
  await chmod(folder, 0o755);
  const first = await start(folder);
  await first.createDatabase('kept');
  await first.stop();
  const theirs = process.getuid?.() === 0 ? 54_321 : (await stat(first.dataDir)).uid;
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${theirs}:${theirs}`, first.dataDir]);
  const second = await start(folder);
  expect(await valueIn(second.url('kept'), 'SELECT 1')).toBe(1);
  expect((await stat(`/proc/${second.pid}`)).uid).toBe(theirs);
  expect((await stat(join(second.dataDir, 'access.json'))).uid).toBe(theirs);
});

it('does not come back on another port than the one that others have been told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-port-'));
  folders.push(folder);
  const { port, dataDir, ...first } = await start(folder);
  process.kill(first.pid, 'SIGKILL');
  await eventually(async () => (await stat(`/proc/${first.pid}`).catch(() => undefined)) === undefined, {
    what: 'it to be gone',
  });
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  const again = () => EmbeddedPostgresServer.start({ dataDir: join(folder, 'postgres'), port });
  try {
    await expect(again()).rejects.toThrow(`another program has taken its port, ${port}`);
  } finally {
    stranger.close();
  }
  const second = await again();
  servers.push(second);
  expect(second.port).toBe(port);
  expect(second.dataDir).toBe(dataDir);
});

it('has a connection for each that nine processes of seven services may want, and no more locks for that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-connections-'));
  folders.push(folder);
  const server = await start(folder);
  const setting = async (name: string) => Number(await valueIn(server.url('postgres'), `SHOW ${name}`));
  const connections = await setting('max_connections');
  expect(connections).toBeGreaterThan(7 * 9 * (8 + 1) + 9 * 4);
  const locks = connections * (await setting('max_locks_per_transaction'));
  expect(locks).toBeGreaterThan(300 * 64);
  expect(locks).toBeLessThan(300 * 64 * 1.1);
});

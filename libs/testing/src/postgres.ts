import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { hasDocker } from './docker.js';
import { eventually } from './eventually.js';
import { keptServer } from './kept-server.js';

export interface TestPostgres {
  /** Creates a fresh database whose name begins with this one. @returns its URL */
  url(database: string): Promise<string>;
  /** Drops the databases made here; the server goes when the test process ends. */
  stop(): Promise<void>;
}

/** A real PostgreSQL: PG_URL (a superuser's), else a container, else the embedded server. */
export async function startPostgres(): Promise<TestPostgres> {
  if (process.env['PG_URL'] !== undefined) return databasesOn(process.env['PG_URL'], async () => undefined);
  if (await hasDocker()) {
    const { GenericContainer } = await import('testcontainers');
    const container = await new GenericContainer('postgres:18-alpine')
      .withEnvironment({ POSTGRES_PASSWORD: 'test' })
      .withExposedPorts(5432)
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
      .start();
    const url = `postgres://postgres:test@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
    await eventually(() => canConnect(url), { withinMs: 30_000, what: 'the PostgreSQL container answers' });
    return databasesOn(url, async () => void (await container.stop()));
  }
  return databasesOn(await keptServer('postgres'), async () => undefined);
}

function databasesOn(adminUrl: string, stop: () => Promise<void>): TestPostgres {
  const created: string[] = [];
  return {
    async url(database) {
      const name = `${database}_${randomBytes(4).toString('hex')}`;
      await administer(adminUrl, `CREATE DATABASE "${name}"`);
      created.push(name);
      const url = new URL(adminUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async stop() {
      for (const name of created.splice(0)) await administer(adminUrl, `DROP DATABASE "${name}" WITH (FORCE)`);
      await stop();
    },
  };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function canConnect(url: string): Promise<boolean> {
  try {
    await administer(url, 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

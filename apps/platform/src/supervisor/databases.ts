import type { EmbeddedPostgresServer } from '@signalbox/persistence/postgres-server';
import { Client } from 'pg';

/** One database and one role per service; no role reaches another's database. Made side by side: each copies a template. */
export async function prepareDatabases(
  server: EmbeddedPostgresServer,
  passwords: Record<string, string>,
): Promise<void> {
  await Promise.all(Object.entries(passwords).map(([name, password]) => prepareDatabase(server, name, password)));
}

async function prepareDatabase(server: EmbeddedPostgresServer, name: string, password: string): Promise<void> {
  const client = new Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    const identifier = client.escapeIdentifier(name);
    await client.query(`DROP ROLE IF EXISTS ${identifier}`);
    await client.query(`CREATE ROLE ${identifier} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
    await client.query(`REVOKE CONNECT ON DATABASE ${identifier} FROM PUBLIC`);
  } finally {
    await client.end();
  }
}

/** Address of a service's database as its own role. */
export function roleUrl(server: EmbeddedPostgresServer, name: string, password: string): string {
  const url = new URL(server.url(name));
  url.username = name;
  url.password = password;
  return url.toString();
}

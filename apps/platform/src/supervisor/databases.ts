import { Client } from 'pg';
import type { Installation } from './installation.js';
import { UsageError } from './usage-error.js';

/** Where databases are made: our own PostgreSQL, or one that is given. */
export interface DatabaseServer {
  /** Address of a database, as a role that may create databases and roles. */
  url(database: string): string;
}

/** A PostgreSQL of somebody else's, by the address of one of its databases. */
export function givenServer(address: string): DatabaseServer {
  return {
    url: (database) => {
      const url = new URL(address);
      url.pathname = `/${database}`;
      return url.toString();
    },
  };
}

/** The databases of one installation, each with a role of its own that reaches no other. */
export class Databases {
  constructor(
    private readonly server: DatabaseServer,
    private readonly passwords: Record<string, string>,
    /** Keeps installations apart that share a server. */
    private readonly prefix: string,
  ) {}

  /** On a server of our own they bear their services' names. */
  static of(installation: Installation, own: DatabaseServer | undefined, given: string | undefined): Databases {
    const server = own ?? givenServer(given ?? '');
    return new Databases(server, installation.databasePasswords, own ? '' : installation.topicPrefix.replace('.', '_'));
  }

  /** Made side by side: each copies a template. */
  async prepare(): Promise<void> {
    await Promise.all(Object.keys(this.passwords).map((name) => this.prepareOne(name)));
  }

  /** Address of a service's database as its own role. */
  url(name: string): string {
    const url = new URL(this.server.url(this.prefix + name));
    url.username = this.prefix + name;
    url.password = this.passwords[name] ?? '';
    return url.toString();
  }

  /** A server that outlived its installation knows its roles by older passwords. */
  private async mendPassword(client: Client, name: string): Promise<void> {
    const role = clientAt(this.url(name));
    try {
      await role.connect();
    } catch (error) {
      if ((error as { code?: string }).code !== '28P01') throw error;
      const password = client.escapeLiteral(this.passwords[name] ?? '');
      await client.query(`ALTER ROLE ${client.escapeIdentifier(this.prefix + name)} PASSWORD ${password}`);
    } finally {
      await role.end().catch(() => undefined);
    }
  }

  private async prepareOne(name: string): Promise<void> {
    const database = this.prefix + name;
    const client = clientAt(this.server.url('postgres'));
    try {
      await client.connect();
    } catch (error) {
      const { host, port } = client;
      throw new UsageError(
        `PostgreSQL at ${host}:${port} cannot be used: ${error instanceof Error ? error.message : String(error)}\nfix: POSTGRES_URL=postgres://ROLE:PASSWORD@HOST:PORT, of a role that may create databases and roles`,
      );
    }
    try {
      await this.make(client, name, database);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `PostgreSQL does not make the database ${database}: ${why}\nfix: see whether it runs and its disk has room, then start again`,
        { cause: error },
      );
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private async make(client: Client, name: string, database: string): Promise<void> {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount !== 0) {
      await this.mendPassword(client, name);
      return;
    }
    const identifier = client.escapeIdentifier(database);
    await client.query(`DROP ROLE IF EXISTS ${identifier}`);
    const password = client.escapeLiteral(this.passwords[name] ?? '');
    await client.query(`CREATE ROLE ${identifier} LOGIN PASSWORD ${password}`);
    // Who may create roles is not a member of those it creates, unless it is a superuser.
    await client.query(`GRANT ${identifier} TO CURRENT_USER`);
    await client.query(`CREATE DATABASE ${identifier} OWNER ${identifier}`);
    await client.query(`REVOKE CONNECT ON DATABASE ${identifier} FROM PUBLIC`);
  }
}

function clientAt(url: string): Client {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A server that ends breaks what is asked of it, which is told then; unheard it would end this process.
  return client.on('error', () => undefined);
}

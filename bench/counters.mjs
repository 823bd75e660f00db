import { Client } from 'pg';

/** What a PostgreSQL server has counted, of all its databases. */
export class ServerCounters {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** @returns { commits, walBytes } since the server began; commits include transactions that only read */
  async read() {
    const client = new Client({ connectionString: this.#url });
    await client.connect();
    try {
      const { rows } = await client.query(
        'SELECT (SELECT sum(xact_commit) FROM pg_stat_database)::float8 AS commits, wal_bytes::float8 AS wal FROM pg_stat_wal',
      );
      return { commits: rows[0].commits, walBytes: rows[0].wal };
    } finally {
      await client.end();
    }
  }
}

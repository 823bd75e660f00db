import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

const statisticsMs = 1_500;
const idleSeconds = 5;

/** The settings that durability hangs on, as the server says them. */
export async function durability(url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_level'];
    const { rows } = await client.query('SELECT name, setting FROM pg_settings WHERE name = ANY($1)', [names]);
    return `PostgreSQL: ${rows.map(({ name, setting }) => `${name} ${setting}`).join(', ')}`;
  } finally {
    await client.end();
  }
}

/** Polls and pulses while nobody asks for anything. @returns transactions per second */
export async function idleTransactions(counters) {
  const before = await counters.read();
  await pause(idleSeconds * 1000);
  const after = await counters.read();
  return (after.transactions - before.transactions) / (after.atSeconds - before.atSeconds);
}

/** What a PostgreSQL server has counted, of all its databases. */
export class ServerCounters {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** @returns { transactions, walBytes, atSeconds } since the server began, by a clock of ours; also of transactions that only read */
  async read() {
    // Sessions tell what they have done once a second.
    await pause(statisticsMs);
    const client = new Client({ connectionString: this.#url });
    await client.connect();
    try {
      const { rows } = await client.query(
        'SELECT (SELECT sum(xact_commit) FROM pg_stat_database)::float8 AS transactions, wal_bytes::float8 AS wal FROM pg_stat_wal',
      );
      return { transactions: rows[0].transactions, walBytes: rows[0].wal, atSeconds: performance.now() / 1000 };
    } finally {
      await client.end();
    }
  }
}

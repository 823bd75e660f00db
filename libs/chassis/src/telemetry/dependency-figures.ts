import type { Broker } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { Meter } from './meter.js';

/** Half of it is the error of a comparison at worst. */
const tellingMs = 1_000;

/** What a service stands on: whether it answers, how its connections are used, and whether clocks agree. */
export function observeDependencies(meter: Meter, database: Database, broker: Broker): void {
  // First, because the questions below wait for connections themselves.
  meter.reading(
    'database_pool_connections',
    'Connections to the database',
    async () => {
      const { used, idle } = database.poolUse;
      return [
        { labels: { state: 'used' }, value: used },
        { labels: { state: 'idle' }, value: idle },
      ];
    },
    { state: ['used', 'idle'] },
  );
  meter.reading('database_pool_size', 'Connections to the database at most', async () => [
    { value: database.poolUse.size },
  ]);
  meter.reading('database_pool_waiting', 'Callers that wait for a connection to the database', async () => [
    { value: database.poolUse.waiting },
  ]);
  const isUp = (answer: Promise<boolean>) => inTime(answer.catch(() => false));
  meter.reading(
    'dependency_up',
    '1: it answers within 1.5 s',
    async () => {
      const [databaseUp, brokerUp] = await Promise.all([
        isUp(database.query('SELECT 1').then(() => true)),
        isUp(broker.health().then(({ healthy }) => healthy)),
      ]);
      return [
        { labels: { dependency: 'database' }, value: databaseUp },
        { labels: { dependency: 'broker' }, value: brokerUp },
      ];
    },
    { dependency: ['database', 'broker'] },
  );
  meter.reading('clock_skew_seconds', 'By how much the clock of the database is ahead of this process', async () => {
    const before = Date.now();
    const [row] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    const after = Date.now();
    // Nobody knows when in between the database looked at its clock: a slow answer says nothing.
    if (!row || after - before > tellingMs) throw new Error('the clocks cannot be compared now');
    return [{ value: (row.now.getTime() - (before + after) / 2) / 1000 }];
  });
}

function inTime(answer: Promise<boolean>): Promise<number> {
  const late = new Promise<boolean>((resolve) => void setTimeout(() => resolve(false), 1_500).unref());
  return Promise.race([answer, late]).then(Number);
}

import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Transactions } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { ThingsUnderTest } from '../testing/things.js';
import { createLogger } from './logger.js';
import { Purge } from './purge.js';

const logger = createLogger('test', 'silent');
const parcels = { table: 'parcel', column: 'came_at', days: 10 };
let under: ThingsUnderTest;

beforeAll(async () => {
  under = await ThingsUnderTest.start();
  await under.database.query('CREATE TABLE parcel (came_at timestamptz NOT NULL)');
});
beforeEach(async () => {
  await under.database.query('TRUNCATE parcel');
  await under.database.query(
    `INSERT INTO parcel SELECT now() - CASE WHEN place > 25 THEN 9 ELSE 11 END * interval '1 day'
     FROM generate_series(1, 28) AS place`,
  );
});
afterAll(() => under?.stop());

async function left(): Promise<number> {
  const [row] = await under.database.query<{ count: number }>('SELECT count(*)::int AS count FROM parcel');
  return row?.count ?? 0;
}

/** Of the service, with a look at each that has ended. */
function transactions(onEnd: () => void): Transactions {
  return {
    run: async (work) => {
      const result = await under.database.transactions.run(work);
      onEnd();
      return result;
    },
  };
}

it('all that is too old goes, some rows a transaction, and the rest stays', async () => {
  let count = 0;
  const purge = new Purge(
    transactions(() => (count += 1)),
    logger,
    [parcels],
    10,
  );
  purge.start();
  await eventually(async () => (await left()) === 3, { what: 'only what is young is left' });
  purge.stop();
  expect(count).toBe(3);
});

it('a table that cannot be purged keeps no other from it', async () => {
  const purge = new Purge(under.database.transactions, logger, [{ ...parcels, table: 'lost' }, parcels], 10);
  purge.start();
  await eventually(async () => (await left()) === 3, { what: 'only what is young is left' });
  purge.stop();
});

it('ends at a stop, after the transaction in hand', async () => {
  let count = 0;
  const counted = transactions(() => {
    count += 1;
    purge.stop();
  });
  const purge = new Purge(counted, logger, [parcels, parcels], 10);
  purge.start();
  await eventually(() => count > 0, { what: 'the first transaction' });
  expect([await left(), count]).toEqual([18, 1]);
});

it('a service forgets the leases of rounds that were cut long ago', async () => {
  await under.database.query(
    `INSERT INTO reconcile_lease SELECT 'things', hours::text, gen_random_uuid(), now() - hours * interval '1 hour'
     FROM unnest(ARRAY[23, 25]) AS hours`,
  );
  await under.service.restart();
  const leases = async () => (await under.database.query('SELECT id FROM reconcile_lease')).map(({ id }) => id).join();
  await eventually(async () => (await leases()) === '23', { what: 'the lease of yesterday is gone' });
});

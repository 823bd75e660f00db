import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { draft, planningAlive } from '@signalbox/domain';
import { withTraceparent } from '@signalbox/messaging';
import type { Span, SpanStart, Tracer } from '@signalbox/messaging';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Database } from './database.js';
import { Store, aggregateTable, traceColumn } from './store.js';

interface Order {
  readonly id: string;
  readonly steps: number;
}

/** Notes spans as they end. */
class Notes implements Tracer {
  readonly messagingSystem = 'kafka';
  ended: SpanStart[] = [];
  private count = 0;

  start(span: SpanStart): Span {
    const id = String((this.count += 1)).padStart(16, 'c');
    const traceparent = span.parent?.replace(/^(00-\w{32}-)\w{16}/, `$1${id}`) ?? `00-${'c'.repeat(32)}-${id}-01`;
    const end = () => void this.ended.push(span);
    return { traceparent, set: () => undefined, fail: () => undefined, end };
  }

  async close(): Promise<void> {}
}

const migrations = [
  { name: '20261126-orders', up: [...aggregateTable('parcel'), ...aggregateTable('shelf'), traceColumn('parcel')] },
];
const ofRelease = `00-${'a'.repeat(32)}-${'1'.repeat(16)}-01`;
const laterStep = `00-${'a'.repeat(32)}-${'2'.repeat(16)}-01`;
const ofSomebody = `00-${'b'.repeat(32)}-${'3'.repeat(16)}-01`;
const told = draft(planningAlive, { subject: 'planning', content: { at: '2026-11-26T10:00:00Z' } });
const source = '/signalbox/planning';
const step = (order: Order) => ({ next: { ...order, steps: order.steps + 1 }, events: [told] });

let postgres: TestPostgres;
let database: Database;
let parcels: Store<Order>;
let shelves: Store<Order>;

async function open(tracer?: Tracer): Promise<void> {
  await database?.close();
  database = await Database.open({ url: await postgres.url('orders'), name: 'orders', migrations, tracer });
  parcels = new Store(database, { aggregate: 'parcel', table: 'parcel', source, keepsTrace: true });
  shelves = new Store(database, { aggregate: 'shelf', table: 'shelf', source });
}

beforeAll(async () => {
  postgres = await startPostgres();
});
beforeEach(async () => {
  await open();
  await database.query('TRUNCATE outbox, parcel, shelf');
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

async function carried(): Promise<(string | null)[]> {
  const rows = await database.query<{ trace: string | null }>(
    "SELECT headers->>'traceparent' AS trace FROM outbox ORDER BY id",
  );
  return rows.map(({ trace }) => trace);
}

describe('an aggregate with a trace of its own', () => {
  it('goes on in it when nobody moves it, when somebody else does, and from the newest step of its own', async () => {
    await withTraceparent(ofRelease, () => parcels.create({ id: 'p', steps: 0 }, [told]));
    await parcels.change('p', step);
    await withTraceparent(ofSomebody, () => parcels.change('p', step));
    await withTraceparent(laterStep, () => parcels.change('p', step));
    expect(await carried()).toEqual([ofRelease, ofRelease, ofRelease, laterStep]);
    expect((await parcels.get('p')).traceparent).toBe(ofRelease);
  });

  it('has none when it was created in none, and takes none over', async () => {
    await parcels.create({ id: 'p', steps: 0 }, []);
    await parcels.change('p', step);
    expect((await parcels.get('p')).traceparent).toBeUndefined();
    expect(await carried()).toEqual([null]);
  });
});

it('an aggregate without one is moved in the trace of who moves it', async () => {
  await withTraceparent(ofRelease, () => shelves.create({ id: 's', steps: 0 }, []));
  await withTraceparent(ofSomebody, () => shelves.change('s', step));
  await shelves.change('s', step);
  expect(await carried()).toEqual([ofSomebody, null]);
});

describe('where spans are made', () => {
  it('events carry their writer’s, which points to whoever moved it from another trace', async () => {
    const notes = new Notes();
    await open(notes);
    await withTraceparent(ofRelease, () => parcels.create({ id: 'p', steps: 0 }, []));
    await withTraceparent(ofSomebody, () => parcels.change('p', step));
    const [span, ...more] = notes.ended;
    expect(more).toEqual([]);
    expect(span).toMatchObject({
      name: 'create signalbox.reference',
      kind: 'producer',
      parent: ofRelease,
      link: ofSomebody,
    });
    expect(await carried()).toEqual([`00-${'a'.repeat(32)}-ccccccccccccccc1-01`]);
  });

  it('what is rolled back is not told', async () => {
    const notes = new Notes();
    await open(notes);
    await withTraceparent(ofRelease, () => parcels.create({ id: 'p', steps: 0 }, []));
    const failing = database.transactions.run(async (tx) => {
      await expect(
        tx.savepoint(async () => {
          await parcels.change('p', step);
          throw new Error('not this one');
        }),
      ).rejects.toThrow('not this one');
      await parcels.change('p', step);
    });
    await failing;
    expect(notes.ended).toHaveLength(1);
    await expect(
      database.transactions.run(async () => {
        await parcels.change('p', step);
        throw new Error('nor this');
      }),
    ).rejects.toThrow('nor this');
    expect(notes.ended).toHaveLength(1);
  });
});

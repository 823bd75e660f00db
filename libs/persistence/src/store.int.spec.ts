import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import { messagingMigrations } from '@signalbox/messaging';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Database, inTransaction } from './database.js';
import { Store, aggregateTable } from './store.js';
import type { Change } from './store.js';

interface Account {
  readonly id: string;
  readonly owner: string;
  readonly cents: number;
}

const migrations = [{ name: '20261123-accounts', up: aggregateTable('account', 'owner text NOT NULL') }];

let postgres: TestPostgres;
let url: string;
let database: Database;
let accounts: Store<Account>;
let commits = 0;
const changes: Change<Account>[] = [];
const hookErrors: unknown[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.url('accounts');
  database = await Database.open({ url, name: 'accounts', migrations, onHookError: (error) => hookErrors.push(error) });
  accounts = new Store<Account>(
    database,
    { aggregate: 'account', table: 'account', source: '/signalbox/bank', columns: ({ owner }) => ({ owner }) },
    ({ change }) => {
      commits += 1;
      if (change) changes.push(change);
    },
  );
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

/** What other people's programs print. */
const odd = { id: 'odd', owner: 'ann', cents: 1, note: 'boom \0, half \ud800' };

const deposit = (cents: number) => (account: Account) => ({
  next: { ...account, cents: account.cents + cents },
  events: [],
});

describe('Store', () => {
  it('keeps what PostgreSQL refuses as U+FFFD', async () => {
    await accounts.create(odd, []);
    await accounts.change('odd', (account) => ({ next: { ...account, cents: 2 }, events: [] }));
    expect((await accounts.get('odd')).state).toEqual({ ...odd, cents: 2, note: 'boom \ufffd, half \ufffd' });
  });

  it('keeps what is created, and refuses the same id again', async () => {
    const created = await accounts.create({ id: 'a1', owner: 'ada', cents: 0 }, []);
    expect(created.version).toBe(1);
    expect(await accounts.get('a1')).toEqual(created);
    await expect(accounts.create({ id: 'a1', owner: 'eve', cents: 9 }, [])).rejects.toMatchObject({ code: 'conflict' });
    expect(await accounts.createOnce({ id: 'a1', owner: 'eve', cents: 9 }, [])).toBe(false);
    expect((await accounts.get('a1')).state.owner).toBe('ada');
  });

  it('loses no change of many at once', async () => {
    await accounts.create({ id: 'a2', owner: 'ada', cents: 0 }, []);
    await Promise.all(Array.from({ length: 40 }, () => accounts.change('a2', deposit(1))));
    expect(await accounts.get('a2')).toMatchObject({ version: 41, state: { cents: 40 } });
  });

  it('writes nothing when a decision changes nothing', async () => {
    await accounts.create({ id: 'a3', owner: 'ada', cents: 0 }, []);
    await accounts.change('a3', (account) => ({ next: account, events: [] }));
    expect((await accounts.get('a3')).version).toBe(1);
  });

  it('says so when there is nothing to change, and passes refusals on', async () => {
    await expect(accounts.change('none', deposit(1))).rejects.toMatchObject({ code: 'not_found' });
    const refuse = () => {
      throw new DomainError('forbidden', 'not yours');
    };
    await expect(accounts.change('a1', refuse)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('joins the transaction around it: all or nothing, and one call after the commit', async () => {
    await accounts.create({ id: 'from', owner: 'ada', cents: 5 }, []);
    await accounts.create({ id: 'to', owner: 'ben', cents: 0 }, []);
    const transfer = (cents: number) =>
      database.transactions.run(async () => {
        expect(inTransaction()).toBe(true);
        await accounts.lock(['to', 'from']);
        await accounts.change('to', deposit(cents));
        await accounts.change('from', (account) => {
          if (account.cents < cents) throw new DomainError('conflict', 'not enough');
          return deposit(-cents)(account);
        });
      });
    await transfer(3);
    const before = commits;
    await expect(transfer(3)).rejects.toMatchObject({ code: 'conflict' });
    expect(commits).toBe(before);
    const cents = (await accounts.select(`id IN ('from', 'to')`, [], { orderBy: 'id' })).map(
      ({ state }) => state.cents,
    );
    expect(cents).toEqual([2, 3]);
    expect(inTransaction()).toBe(false);
  });

  it('takes a decision that reads and writes, with what it wrote or not at all', async () => {
    await accounts.create({ id: 'asked', owner: 'ada', cents: 1 }, []);
    await accounts.create({ id: 'other', owner: 'cy', cents: 7 }, []);
    const moveAll = (refuse: boolean) =>
      accounts.change('asked', async (account) => {
        const other = await accounts.change('other', ({ cents, ...rest }) => deposit(-cents)({ ...rest, cents }));
        if (refuse) throw new DomainError('conflict', 'no');
        return deposit(7 + other.state.cents)(account);
      });
    await expect(moveAll(true)).rejects.toMatchObject({ code: 'conflict' });
    expect((await accounts.get('other')).state.cents).toBe(7);
    expect((await moveAll(false)).state.cents).toBe(8);
    expect((await accounts.get('other')).state.cents).toBe(0);
  });

  it('a wake-up that was set while an earlier one was seen to is not taken for that one', async () => {
    const inAnHour = (_: Account, now: Date) => new Date(now.getTime() + 3_600_000);
    const mapping = { aggregate: 'sleeper', table: 'account', source: '/signalbox/bank', nextWakeUp: inAnHour };
    const sleepers = new Store<Account>(database, { ...mapping, columns: ({ owner }) => ({ owner }) });
    await sleepers.create({ id: 'sleeper', owner: 'ada', cents: 0 }, []);
    const due = () =>
      database.query<{ is_due: boolean }>("SELECT due_at <= now() AS is_due FROM wake_up WHERE id = 'sleeper'");
    await database.query("UPDATE wake_up SET due_at = now() - interval '1 s' WHERE id = 'sleeper'");
    const elsewhere = AsyncLocalStorage.snapshot();
    await sleepers.change('sleeper', async (account) => {
      // Whoever sees to it has begun; something around it changes now.
      await elsewhere(() => sleepers.wakeUp(['sleeper']));
      return deposit(1)(account);
    });
    expect(await due()).toEqual([{ is_due: true }]);
    await sleepers.change('sleeper', deposit(1));
    expect(await due()).toEqual([{ is_due: false }]);
  });

  it('tells each committed change once, with what was before and for how long', async () => {
    await accounts.create({ id: 'told', owner: 'ada', cents: 0 }, []);
    const refused = accounts.change('told', () => {
      throw new DomainError('conflict', 'no');
    });
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
    await database.query(`UPDATE account SET updated_at = now() - interval '1 min' WHERE id = 'told'`);
    await accounts.change('told', deposit(5));
    await accounts.change('told', (account) => ({ next: account, events: [] }));
    const told = changes.filter(({ after }) => after.id === 'told');
    expect(told.map(({ before, after }) => [before?.cents, after.cents])).toEqual([
      [undefined, 0],
      [0, 5],
    ]);
    expect(told[1]?.lastedMs).toBeGreaterThanOrEqual(60_000);
  });

  it('tells nothing of what a savepoint has undone', async () => {
    await accounts.create({ id: 'undone', owner: 'ada', cents: 0 }, []);
    await database.transactions.run(async (tx) => {
      const undone = tx.savepoint(async () => {
        await accounts.change('undone', deposit(1));
        throw new Error('after all not');
      });
      await expect(undone).rejects.toThrow('after all not');
      await tx.savepoint(() => accounts.change('undone', deposit(2)));
    });
    const told = changes.filter(({ after }) => after.id === 'undone').map(({ after }) => after.cents);
    expect(told).toEqual([0, 2]);
  });

  it('a listener that fails leaves the commit as it is', async () => {
    const failing = new Store<Account>(
      database,
      { aggregate: 'account', table: 'account', source: '/signalbox/bank', columns: ({ owner }) => ({ owner }) },
      () => {
        throw new Error('cannot count');
      },
    );
    await failing.create({ id: 'kept', owner: 'ada', cents: 3 }, []);
    expect((await accounts.get('kept')).state.cents).toBe(3);
    expect(hookErrors).toEqual([expect.objectContaining({ message: 'cannot count' })]);
  });

  it('shows how the pool is used', async () => {
    await database.transactions.run(async (tx) => {
      await tx.query('SELECT 1');
      expect(database.poolUse).toMatchObject({ size: 8, waiting: 0 });
      expect(database.poolUse.used).toBeGreaterThanOrEqual(1);
    });
  });

  it('retries when two transactions wait for each other', async () => {
    await accounts.create({ id: 'x', owner: 'ada', cents: 0 }, []);
    await accounts.create({ id: 'y', owner: 'ada', cents: 0 }, []);
    const both = (first: string, second: string) =>
      database.runWithRetry(async () => {
        await accounts.change(first, deposit(1));
        await accounts.change(second, deposit(1));
      });
    await Promise.all([1, 2, 3, 4].flatMap(() => [both('x', 'y'), both('y', 'x')]));
    expect((await accounts.get('x')).state.cents).toBe(8);
    expect((await accounts.get('y')).state.cents).toBe(8);
  });

  it('finds by promoted columns', async () => {
    const found = await accounts.select('owner = $1', ['ben'], { limit: 10 });
    expect(found.map(({ state }) => state.id)).toEqual(['to']);
  });
});

describe('Database', () => {
  it('applies its migrations once, however many replicas open it at the same time', async () => {
    const fresh = await postgres.url('replicas');
    const opened = await Promise.all([1, 2, 3].map(() => Database.open({ url: fresh, name: 'replica', migrations })));
    const later = [...migrations, { name: '20261124-currency', up: ['ALTER TABLE account ADD COLUMN currency text'] }];
    opened.push(await Database.open({ url: fresh, name: 'replica', migrations: later }));
    const [applied] = await opened[0]!.query<{ count: number }>('SELECT count(*)::int AS count FROM schema_migration');
    expect(applied?.count).toBe(messagingMigrations.length + later.length);
    await Promise.all(opened.map((replica) => replica.close()));
  });

  it('applies what is new although it stands before what was applied', async () => {
    const url = await postgres.url('grown');
    await (await Database.open({ url, name: 'grown', migrations })).close();
    const earlier = { name: '20261122120000-notes', up: ['CREATE TABLE note (id int)'] };
    const grown = await Database.open({ url, name: 'grown', migrations: [earlier, ...migrations] });
    expect(await grown.query('SELECT * FROM note')).toEqual([]);
    await grown.close();
  });

  it('refuses migrations whose order nobody could tell', async () => {
    const url = await postgres.url('unclear');
    const twins = ['20261123-one', '20261123000000-two'].map((name) => ({ name, up: ['SELECT 1'] }));
    await expect(Database.open({ url, name: 'unclear', migrations: twins })).rejects.toThrow(
      'the migrations 20261123-one and 20261123000000-two begin with the same time',
    );
  });
});

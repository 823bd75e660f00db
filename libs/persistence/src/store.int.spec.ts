import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Database, inTransaction } from './database.js';
import { Store, aggregateTable } from './store.js';

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

beforeAll(async () => {
  postgres = await startPostgres();
  url = await postgres.url('accounts');
  database = await Database.open({ url, name: 'accounts', migrations });
  accounts = new Store<Account>(
    database,
    { aggregate: 'account', table: 'account', source: '/signalbox/bank', columns: ({ owner }) => ({ owner }) },
    () => {
      commits += 1;
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
    expect(applied?.count).toBe(3);
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

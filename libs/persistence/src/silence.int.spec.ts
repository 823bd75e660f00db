import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { isTrouble } from '@signalbox/messaging';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Database } from './database.js';

let postgres: TestPostgres;
let database: Database;
/** On the way to PostgreSQL; those that are open already can be made to lead nowhere. */
const ways = new Set<[client: Socket, server: Socket]>();
const proxy = createServer((client) => {
  const { hostname, port } = new URL(address);
  const server = connect(Number(port), hostname);
  const way: [Socket, Socket] = [client, server];
  ways.add(way);
  client.pipe(server).pipe(client);
  for (const [one, other] of [way, way.toReversed() as [Socket, Socket]]) {
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
  }
});
let address: string;

beforeAll(async () => {
  postgres = await startPostgres();
  address = await postgres.url('silent');
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(address);
  url.port = String((proxy.address() as AddressInfo).port);
  database = await Database.open({ url: url.toString(), name: 'silent', migrations: [], silentMs: 300 });
});
afterAll(async () => {
  await database?.close();
  proxy.close();
  await postgres?.stop();
});

it('a server that vanishes keeps nobody waiting: what was asked is trouble, and soon asked of new connections', async () => {
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  for (const [client, server] of ways) {
    client.unpipe();
    server.unpipe();
  }
  const lost = await database.query('SELECT 2 AS two').catch((error: unknown) => error);
  expect(lost).toMatchObject({ message: expect.stringContaining('silent for 0.3s') });
  expect(isTrouble(lost)).toBe(true);
  // Each that was in the pool is found out by the one who takes it.
  const again = () => database.query('SELECT 3 AS three').catch(() => undefined);
  expect(await eventually(again, { what: 'a new connection' })).toEqual([{ three: 3 }]);
  expect(await database.transactions.run((tx) => tx.query('SELECT 4 AS four'))).toEqual([{ four: 4 }]);
});

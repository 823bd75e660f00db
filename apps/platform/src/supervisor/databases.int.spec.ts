import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Databases, givenServer } from './databases.js';

let postgres: TestPostgres;
let proxy: Server;
let url: URL;
beforeAll(async () => {
  postgres = await startPostgres();
  url = new URL(await postgres.url('operator'));
  const { port, hostname } = url;
  proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    const end = () => [client, server].forEach((socket) => socket.destroy());
    for (const socket of [client, server]) socket.on('error', end).on('close', end);
    // A server that is killed says nothing more.
    client.on('data', (bytes) => (bytes.includes('CREATE DATABASE') ? end() : server.write(bytes)));
    server.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  url.port = String((proxy.address() as AddressInfo).port);
});
afterAll(async () => {
  proxy?.close();
  await postgres?.stop();
});

it('a server that ends while a database is made is told with the database, and ends nothing of ours', async () => {
  const databases = new Databases(givenServer(url.toString()), { ends_then: 'p' }, '');
  await expect(databases.prepare()).rejects.toThrow(
    /^PostgreSQL does not make the database ends_then: Connection terminated unexpectedly\nfix: /,
  );
});

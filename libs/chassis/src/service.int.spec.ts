import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { eventually, person, ServiceUnderTest, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import type { ServiceConfig } from './config.js';
import { Requires } from './identity/guard.js';
import { ReconcileLoop } from './reconcile-loop.js';
import type { ServiceDefinition } from './service.js';

/** On the way to PostgreSQL; while it is silent, nothing comes through. */
class Way {
  private readonly sockets = new Set<Socket>();
  private isSilent = false;

  private readonly server = createServer((client) => {
    const { hostname, port } = new URL(this.url);
    this.sockets.add(client);
    client.on('error', () => undefined);
    if (this.isSilent) return;
    const server = connect(Number(port), hostname);
    this.sockets.add(server);
    client.pipe(server).pipe(client);
    server.on('error', () => undefined).once('close', () => client.destroy());
    client.once('close', () => server.destroy());
  });

  private constructor(private readonly url: string) {}

  static async to(url: string): Promise<Way> {
    const way = new Way(url);
    await once(way.server.listen(0, '127.0.0.1'), 'listening');
    return way;
  }

  /** The same address, by this way. */
  of(address: string): string {
    const url = new URL(address);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.unpipe();
  }

  speak(): void {
    this.isSilent = false;
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  close(): void {
    this.speak();
    this.server.close();
  }
}

const inHand = { request: false, round: false };

@Controller('v1/endless')
class EndlessController {
  @Get()
  @Requires('read')
  never(): Promise<string> {
    inHand.request = true;
    return new Promise(() => undefined);
  }
}

class EndlessLoop implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly loop: ReconcileLoop) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.loop.stop();
  }
}

class Module {}

/** A service in which everything takes for ever that may. */
const endless: ServiceDefinition<ServiceConfig> = {
  name: 'endless',
  title: 'Endless',
  migrations: [],
  module: ({ database, logger }) => {
    const reconcile = () => {
      inHand.round = true;
      return new Promise<void>(() => undefined);
    };
    const due = async () => (inHand.round ? [] : ['a']);
    const loop = new EndlessLoop(new ReconcileLoop({ name: 'endless', database, logger, due, reconcile }));
    return { module: Module, controllers: [EndlessController], providers: [{ provide: EndlessLoop, useValue: loop }] };
  },
};

let postgres: TestPostgres;
let way: Way;
let service: ServiceUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
  const [own, log] = [await postgres.url('endless'), await postgres.url('log')];
  way = await Way.to(own);
  service = await ServiceUnderTest.start(endless, {}, { DATABASE_URL: way.of(own), LOG_DATABASE_URL: way.of(log) });
});
afterAll(async () => {
  way?.speak();
  await service?.stop();
  way?.close();
  await postgres?.stop();
});

it('a service ends within ten seconds, whatever takes for ever: a request, a round, its database and its log', async () => {
  const cut = service.call('GET', '/v1/endless', person('viewer')).catch(() => 'cut');
  await eventually(() => inHand.request && inHand.round, { what: 'a request and a round to be in hand' });
  way.fallSilent();
  const began = performance.now();
  let seconds = Infinity;
  await service.restart(async () => {
    seconds = (performance.now() - began) / 1_000;
    way.speak();
  });
  expect(seconds).toBeLessThan(10);
  expect(await cut).toBe('cut');
});

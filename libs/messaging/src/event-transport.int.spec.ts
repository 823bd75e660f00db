import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Module } from '@nestjs/common';
import type { INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { DomainError } from '@signalbox/domain';
import type { EventOf } from '@signalbox/domain';
import { EventContext, EventTransport, OnEvent, rethrowFilter } from '@signalbox/messaging/nest';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { Harness } from './contract/harness.js';
import { countUp, counted } from './contract/probe.js';
import type { Probe } from './contract/probe.js';

type Counted = EventOf<typeof counted>;
const seen: string[] = [];

@Controller()
class CountConsumer {
  @OnEvent(counted)
  async onCounted(@Payload() event: Counted, @Ctx() context: EventContext): Promise<void> {
    if (event.subject === 'refused') throw new DomainError('conflict', 'not this one');
    if (event.subject === 'broken') throw new TypeError('a defect');
    await context.tx.query('SELECT 1');
    seen.push(event.subject);
  }
}

@Controller()
class SecondConsumer {
  @OnEvent(counted)
  async onCounted(event: Counted): Promise<void> {
    seen.push(`second ${event.subject}`);
  }
}

@Module({ controllers: [CountConsumer, SecondConsumer] })
class CountModule {}

let postgres: TestPostgres;
let harness: Harness;
let reader: Probe;
let writer: Probe;
let app: INestMicroservice;

beforeAll(async () => {
  postgres = await startPostgres();
  harness = new Harness(postgres, { kind: 'embedded', databaseUrl: await postgres.url('log') });
  reader = await harness.probe('reader');
  writer = await harness.probe('writer');
  app = await NestFactory.createMicroservice(CountModule, {
    strategy: new EventTransport(reader.messaging),
    logger: false,
  });
  app.useGlobalFilters(rethrowFilter);
  await app.listen();
  await writer.messaging.start();
});

afterAll(async () => {
  await app?.close();
  await harness?.end();
  await postgres?.stop();
});

it('controllers handle events, refusals are answers, and defects park the key', async () => {
  for (const id of ['refused', 'broken', 'fine']) {
    await writer.counters.create({ id, value: 1 }, countUp({ id, value: 0 }).events);
  }
  await eventually(() => seen.includes('fine') && seen.includes('second fine'), { what: 'both handlers have run' });
  const parked = await eventually(
    async () => {
      const list = await reader.messaging.parked.list();
      return list.length > 0 && list;
    },
    { what: 'the broken key is parked' },
  );
  expect(parked).toMatchObject([{ key: 'broken', error: 'TypeError: a defect' }]);
  expect(seen.filter((subject) => subject === 'refused')).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Headers, Param, Post, Put } from '@nestjs/common';
import { authorize, Caller, ifMatch, Requires, requireVersion, Resource } from '@signalbox/chassis';
import type { Identity, ServiceConfig, ServiceDefinition } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import { currentTraceparent } from '@signalbox/messaging';
import { aggregateTable, Database, Store } from '@signalbox/persistence';
import { eventually, person, ServiceUnderTest } from '@signalbox/testing';
import { z } from 'zod';

interface Thing {
  id: string;
  application: string;
  parts: { name: string }[];
}

class Things extends Store<Thing> {
  /** Commands that have arrived, and what those that wait are waiting for. */
  arrived: string[] = [];
  let: () => void = () => undefined;
  /** The ambient trace of each command, and of each `read <id>`. */
  readonly traces: Record<string, string | undefined> = {};
  /** SQLSTATEs with which the next commands fail, one each. */
  failures: string[] = [];

  constructor(private readonly surroundings: Database) {
    super(surroundings, { aggregate: 'thing', table: 'thing', source: '/signalbox/things' });
  }

  async arrive(id: string, waits: boolean): Promise<void> {
    this.arrived.push(id);
    this.traces[id] = currentTraceparent();
    const failure = this.failures.shift();
    if (failure) await this.surroundings.query(`DO $$ BEGIN RAISE 'lost' USING ERRCODE = '${failure}'; END $$`);
    if (waits) await new Promise<void>((resolve) => (this.let = resolve));
  }
}

const wish = z.strictObject({
  id: z.string(),
  application: z.string().default('shop'),
  parts: z.array(z.strictObject({ name: z.string().min(2) })).default([]),
  labels: z.record(z.string(), z.string().min(1)).default({}),
  waits: z.boolean().default(false),
  fails: z.boolean().default(false),
});
type Wish = z.output<typeof wish>;

@Controller('v1/things')
class ThingController {
  constructor(private readonly things: Things) {}

  @Post()
  @Requires('application:write')
  async create(@Body({ schema: wish }) body: Wish): Promise<Resource> {
    const { waits, fails, labels: _, ...thing } = body;
    const { state, version } = await this.things.create(thing, []);
    await this.things.arrive(state.id, waits);
    if (fails) throw new DomainError('conflict', 'not this one', { reason: 'unlucky' });
    return new Resource(state, version, { status: 201, location: `/v1/things/${state.id}` });
  }

  @Post('secrets')
  @Requires('application:write')
  secret(): Resource {
    return new Resource({ secret: 'swordfish' }, 1, { unrepeatable: true });
  }

  @Get(':id')
  @Requires('read')
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource> {
    this.things.traces[`read ${id}`] = currentTraceparent();
    const { state, version } = await this.things.get(id);
    authorize(caller, 'read', { application: state.application }, `thing ${id}`);
    return new Resource(state, version);
  }

  @Put(':id')
  @Requires('application:write')
  async put(@Param('id') id: string, @Headers('if-match') seen: string | undefined): Promise<Resource> {
    const expected = ifMatch(seen);
    requireVersion(expected, (await this.things.get(id)).version);
    const { state, version } = await this.things.change(id, (thing) => ({
      next: { ...thing, parts: [...thing.parts, { name: 'new' }] },
      events: [],
    }));
    return new Resource(state, version);
  }

  @Get()
  async undeclared(): Promise<string> {
    return 'nobody may see this';
  }
}

class Module {}
let things: Things;
let database: Database;
const definition: ServiceDefinition<ServiceConfig> = {
  name: 'things',
  title: 'Things',
  migrations: [{ name: '20261123120000-things', up: aggregateTable('thing') }],
  module: (context) => {
    database = context.database;
    things = new Things(database);
    return { module: Module, controllers: [ThingController], providers: [{ provide: Things, useValue: things }] };
  },
};

const ann = person('developer');
const ben = { ...ann, principal: 'prn_ben' };
let service: ServiceUnderTest;

beforeAll(async () => {
  service = await ServiceUnderTest.start(definition, {});
});
afterAll(() => service?.stop());

const post = (body: object, headers: Record<string, string> = {}, caller = ann) =>
  service.call('POST', '/v1/things', caller, body, headers);
const bodyOf = (answer: Response) => answer.json() as Promise<Record<string, unknown>>;
const keyed = (key: string) => ({ 'idempotency-key': key });

describe('a resource', () => {
  it('is created with its place and version', async () => {
    const answer = await post({ id: 'r1' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/v1/things/r1');
    expect(answer.headers.get('etag')).toBe('"1"');
  });

  it('is created in the trace of the call, body or not', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post({ id: 'traced' }, { traceparent });
    await service.call('GET', '/v1/things/traced', ann, undefined, { traceparent });
    expect(things.traces).toMatchObject({ traced: traceparent, 'read traced': traceparent });
  });

  it('is not sent again to who has it', async () => {
    const known = await service.call('GET', '/v1/things/r1', ann, undefined, { 'if-none-match': '"1"' });
    expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', '"1"']);
    const stale = await service.call('GET', '/v1/things/r1', ann, undefined, { 'if-none-match': '"7"' });
    expect(stale.status).toBe(200);
  });

  it('is replaced only by who has seen it as it is', async () => {
    const put = (headers: Record<string, string>) => service.call('PUT', '/v1/things/r1', ann, {}, headers);
    expect((await put({})).status).toBe(428);
    expect((await put({ 'if-match': '*' })).status).toBe(412);
    expect((await put({ 'if-match': '"9"' })).status).toBe(412);
    const changed = await put({ 'if-match': '"1"' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect((await put({ 'if-match': '"1"' })).status).toBe(412);
  });
});

describe('a refusal', () => {
  it('is a problem with code, trace and what to do', async () => {
    const answer = await service.call('GET', '/v1/things/none?x=1', ann);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await bodyOf(answer)).toEqual({
      type: 'https://signalbox.dev/problems/not-found',
      title: 'Not found',
      status: 404,
      detail: expect.stringContaining('none'),
      code: 'not_found',
      instance: '/v1/things/none',
      traceId: expect.any(String),
    });
  });

  it('carries the trace of the call', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await service.call('GET', '/v1/things/none', ann, undefined, { traceparent });
    expect(await bodyOf(answer)).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c' });
  });

  it('hides what the caller may not see', async () => {
    const stranger = person('admin', 'blog');
    const hidden = await service.call('GET', '/v1/things/r1', stranger);
    const absent = await service.call('GET', '/v1/things/r0', stranger);
    expect([hidden.status, absent.status]).toEqual([404, 404]);
    expect(((await bodyOf(hidden))['detail'] as string).replace('r1', 'r0')).toBe((await bodyOf(absent))['detail']);
  });

  it('closes a route that declares no scope, even to an admin', async () => {
    expect((await service.call('GET', '/v1/things', person('admin'))).status).toBe(403);
  });

  it('names every fault of a body by its pointer', async () => {
    const answer = await post({ id: 5, parts: [{ name: 'ok' }, { name: 'x' }], labels: { 'a/b~c': '' } });
    expect(answer.status).toBe(400);
    const { code, errors } = (await answer.json()) as { code: string; errors: { pointer: string; code: string }[] };
    expect(code).toBe('invalid');
    expect(errors.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/id', 'invalid_type'],
      ['/parts/1/name', 'too_small'],
      ['/labels/a~1b~0c', 'too_small'],
    ]);
  });

  it('refuses a path that is no path, and characters nobody can store, as it refuses the rest', async () => {
    for (const [path, status] of [
      ['/v1/things/%ff', 400],
      [`/v1/things/${'a'.repeat(5_000)}`, 414],
    ] as const) {
      const answer = await fetch(`${service.url}${path}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        status,
        expect.stringMatching(/^application\/problem\+json/),
      ]);
    }
    for (const text of ['r\0', 'r\ud800']) {
      const answer = await post({ id: 'r', parts: [{ name: text }] });
      const faults = [{ pointer: '/parts/0/name', message: expect.stringMatching(/NUL/) }];
      expect(await bodyOf(answer)).toMatchObject({ status: 400, code: 'invalid', errors: faults });
    }
  });

  it.each([
    ['is not JSON', 'application/json', '{"id":', 400, 'malformed'],
    ['is of a kind that nobody reads', 'text/plain', '{"id":"r3"}', 415, 'unsupported_media_type'],
  ])('says so when a body %s', async (_what, type, body, status, code) => {
    const answer = await fetch(`${service.url}/v1/things`, { method: 'POST', headers: { 'content-type': type }, body });
    expect([answer.status, (await bodyOf(answer))['code']]).toEqual([status, code]);
  });

  it.each([
    ['waits too long for a lock', '55P03'],
    ['loses its database', '57P01'],
  ])('says when to try again where the command %s', async (_what, sqlState) => {
    things.failures = [sqlState];
    const answer = await post({ id: `t${sqlState}` });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await bodyOf(answer)).toMatchObject({ code: 'unavailable', fix: expect.any(String) });
  });

  it('is a conflict where somebody else was quicker with the same unique value', async () => {
    things.failures = ['23505'];
    const answer = await post({ id: 'u1' });
    expect([answer.status, (await bodyOf(answer))['code']]).toEqual([409, 'conflict']);
  });

  it('names a field that does not exist', async () => {
    const answer = await post({ id: 'r2', parts: [{ name: 'ok', colour: 'red' }] });
    expect(await bodyOf(answer)).toMatchObject({
      status: 400,
      errors: [{ pointer: '/parts/0', code: 'unrecognized_keys', message: expect.stringContaining('colour') }],
    });
  });
});

describe('a POST with an Idempotency-Key', () => {
  it('runs once and is answered twice', async () => {
    const first = await post({ id: 'i1' }, keyed('one'));
    const again = await post({ id: 'i1' }, keyed('one'));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect([again.status, await bodyOf(again)]).toEqual([first.status, await bodyOf(first)]);
    expect(things.arrived.filter((id) => id === 'i1')).toHaveLength(1);
  });

  it('is another one when the caller is', async () => {
    await post({ id: 'i2' }, keyed('two'));
    const other = await post({ id: 'i2' }, keyed('two'), ben);
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([409, null]);
  });

  it('refuses another body', async () => {
    await post({ id: 'i3' }, keyed('three'));
    const other = await post({ id: 'i4' }, keyed('three'));
    expect([other.status, (await bodyOf(other))['code']]).toEqual([422, 'idempotency_key_reused']);
    await expect(things.get('i4')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses the second while the first still runs', async () => {
    const first = post({ id: 'i5', waits: true }, keyed('five'));
    await eventually(() => things.arrived.includes('i5'), { what: 'the first has arrived' });
    const second = await post({ id: 'i5', waits: true }, keyed('five'));
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await bodyOf(second)).toMatchObject({ code: 'still_running' });
    things.let();
    expect((await first).status).toBe(201);
  });

  it('keeps no answer of a command that was refused, nor what it wrote', async () => {
    const refused = await post({ id: 'i6', fails: true }, keyed('six'));
    expect([refused.status, (await bodyOf(refused))['code']]).toEqual([409, 'unlucky']);
    await expect(things.get('i6')).rejects.toMatchObject({ code: 'not_found' });
    const again = await post({ id: 'i6' }, keyed('six'));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('commits command and answer together, or neither', async () => {
    await database.query(`ALTER TABLE idempotency ADD CONSTRAINT full_disk CHECK (key <> 'seven')`);
    expect((await post({ id: 'i7' }, keyed('seven'))).status).toBe(500);
    await expect(things.get('i7')).rejects.toMatchObject({ code: 'not_found' });
    await database.query('ALTER TABLE idempotency DROP CONSTRAINT full_disk');
    expect((await post({ id: 'i7' }, keyed('seven'))).status).toBe(201);
  });

  it('is tried again when it loses against another, and answered once', async () => {
    things.failures = ['40P01', '40001'];
    const answer = await post({ id: 'i8' }, keyed('lost'));
    expect([answer.status, things.arrived.filter((id) => id === 'i8').length]).toEqual([201, 3]);
    const again = await post({ id: 'i8' }, keyed('lost'));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  });

  it('keeps no secret', async () => {
    const ask = () => service.call('POST', '/v1/things/secrets', ann, {}, keyed('eight'));
    expect(await bodyOf(await ask())).toEqual({ secret: 'swordfish' });
    const again = await ask();
    expect(await again.text()).not.toContain('swordfish');
    const kept = await database.query('SELECT * FROM idempotency');
    expect(JSON.stringify(kept)).not.toContain('swordfish');
  });
});

import type { IncomingMessage } from 'node:http';
import { Body, Controller, Get, Headers, Param, Post, Put, Req } from '@nestjs/common';
import { authorize, Caller, ifMatch, Requires, requireVersion, Resource } from '@signalbox/chassis';
import type { Identity, ServiceConfig, ServiceDefinition } from '@signalbox/chassis';
import { DomainError } from '@signalbox/domain';
import { currentTraceparent } from '@signalbox/messaging';
import { aggregateTable, Database, Store } from '@signalbox/persistence';
import { person, ServiceUnderTest } from '@signalbox/testing';
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

  constructor(database: Database) {
    super(database, { aggregate: 'thing', table: 'thing', source: '/signalbox/things' });
  }

  async arrive(id: string, waits: boolean): Promise<void> {
    this.arrived.push(id);
    this.traces[id] = currentTraceparent();
    const failure = this.failures.shift();
    if (failure) await this.database.query(`DO $$ BEGIN RAISE 'lost' USING ERRCODE = '${failure}'; END $$`);
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
const label = z.string().regex(/^[a-z]+$/, 'lower-case letters');
type Wish = z.output<typeof wish>;

@Controller('v1/things')
class ThingController {
  constructor(private readonly things: Things) {}

  @Post()
  @Requires('application:write')
  async create(@Body({ schema: wish }) body: Wish): Promise<Resource<object>> {
    const { waits, fails, labels: _, ...thing } = body;
    const { state, version } = await this.things.create(thing, []);
    await this.things.arrive(state.id, waits);
    if (fails) throw new DomainError('conflict', 'not this one', { reason: 'unlucky' });
    return new Resource(state, version, { status: 201, location: `/v1/things/${state.id}` });
  }

  @Post('secrets')
  @Requires('application:write')
  secret(): Resource<object> {
    return new Resource({ secret: 'swordfish' }, 1, { unrepeatable: true });
  }

  /** How many wait for the end of the caller's connection. */
  @Get('of/connection')
  @Requires('read')
  connection(@Req() request: { raw: IncomingMessage }): { listeners: number } {
    return { listeners: request.raw.socket.listenerCount('close') };
  }

  @Get(':id')
  @Requires('read')
  async get(@Param('id') id: string, @Caller() caller: Identity): Promise<Resource<object>> {
    this.things.traces[`read ${id}`] = currentTraceparent();
    const { state, version } = await this.things.get(id);
    authorize(caller, 'read', { application: state.application }, `thing ${id}`);
    return new Resource(state, version);
  }

  @Put(':id')
  @Requires('application:write')
  async put(@Param('id') id: string, @Headers('if-match') seen: string | undefined): Promise<Resource<object>> {
    const expected = ifMatch(seen);
    requireVersion(expected, (await this.things.get(id)).version);
    const { state, version } = await this.things.change(id, (thing) => ({
      next: { ...thing, parts: [...thing.parts, { name: 'new' }] },
      events: [],
    }));
    return new Resource(state, version);
  }

  @Put(':id/labels/:label')
  @Requires('application:write')
  async label(@Param('label', { schema: label }) name: string): Promise<Resource<object>> {
    return new Resource({ name }, 1);
  }

  @Get()
  async undeclared(): Promise<string> {
    return 'nobody may see this';
  }
}

class Module {}

/** The smallest service with a resource: `things`, on a real port and database. */
export class ThingsUnderTest {
  things!: Things;
  database!: Database;
  service!: ServiceUnderTest;

  static async start(): Promise<ThingsUnderTest> {
    const made = new ThingsUnderTest();
    made.service = await ServiceUnderTest.start(made.definition, {});
    return made;
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  post(body: object, headers: Record<string, string> = {}, caller = ann): Promise<Response> {
    return this.service.call('POST', '/v1/things', caller, body, headers);
  }

  private get definition(): ServiceDefinition<ServiceConfig> {
    return {
      name: 'things',
      title: 'Things',
      migrations: [{ name: '20261123120000-things', up: aggregateTable('thing') }],
      module: ({ database }) => {
        this.database = database;
        this.things = new Things(database);
        const providers = [{ provide: Things, useValue: this.things }];
        return { module: Module, controllers: [ThingController], providers };
      },
    };
  }
}

export const ann = person('developer');

export const bodyOf = (answer: Response) => answer.json() as Promise<Record<string, unknown>>;

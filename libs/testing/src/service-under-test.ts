import { IdentityMint, serviceConfig, startService } from '@signalbox/chassis';
import type { Identity, Role, RunningService, ServiceConfig, ServiceDefinition } from '@signalbox/chassis';
import type { EventContract, EventDraft, EventOf, ReceivedEvent } from '@signalbox/domain';
import { readConfig } from '@signalbox/domain';
import { appendOutbox, EmbeddedBroker, KafkaBroker, Messaging } from '@signalbox/messaging';
import type { Broker, OutgoingRecord } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { exportJWK, generateKeyPair } from 'jose';
import { eventually } from './eventually.js';
import { startPostgres } from './postgres.js';
import { ToldAnswers } from './told-answers.js';
import type { TestPostgres } from './postgres.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A person with one role, for all applications unless one is named. */
export function person(role: Role, application?: string): Identity {
  const binding = { role, ...(application !== undefined && { application }) };
  return { principal: `prn_${role}`, name: role, kind: 'person', teams: [], emails: [], bindings: [binding] };
}

/** One service on real infrastructure, and its surroundings: they publish to it, listen to it, and call it. */
export class ServiceUnderTest {
  readonly heard: ReceivedEvent[] = [];
  private readonly told = new ToldAnswers();

  private constructor(
    private readonly start: () => Promise<RunningService>,
    private running: RunningService,
    private readonly postgres: TestPostgres,
    private readonly surroundings: { database: Database; messaging: Messaging; broker: Broker },
    private readonly identities: IdentityMint,
  ) {
    surroundings.messaging.onAny(async (event) => void this.heard.push(event));
  }

  /**
   * @param more what the service's configuration has beyond every service's
   * @param variables in place of what every service's has by itself: a real Kafka, sources of events outside
   */
  static async start<C extends ServiceConfig>(
    definition: ServiceDefinition<C>,
    more: Omit<C, keyof ServiceConfig>,
    variables: Record<string, string> = {},
  ): Promise<ServiceUnderTest> {
    const postgres = await startPostgres();
    const [log, surroundings] = [await postgres.url('log'), await postgres.url('surroundings')];
    const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const everyService = readConfig(serviceConfig, {
      PORT: '0',
      DATABASE_URL: await postgres.url(definition.name.replaceAll('-', '_')),
      LOG_DATABASE_URL: log,
      IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'EdDSA' }] }),
      CURSOR_KEY: 'a-cursor-key-for-tests',
      LOG_LEVEL: 'fatal',
      ...variables,
    });
    const config = { ...everyService, ...more } as unknown as C;
    const start = () => startService(definition, config);
    const running = await start();
    const database = await Database.open({ url: surroundings, name: 'surroundings', migrations: [] });
    const broker = brokerOf(everyService, log);
    const messaging = new Messaging({
      service: 'surroundings',
      source: '/signalbox/surroundings',
      broker,
      sources: everyService.EVENT_SOURCES,
      transactions: database.transactions,
      databaseUrl: surroundings,
      logger: silent,
    });
    const mint = await IdentityMint.open({ ...(await exportJWK(keys.privateKey)), kid: 'k' });
    const made = new ServiceUnderTest(start, running, postgres, { database, messaging, broker }, mint);
    await messaging.start();
    return made;
  }

  get url(): string {
    return this.running.url;
  }

  /** Writes what no service of ours would write. */
  write(...records: OutgoingRecord[]): Promise<void> {
    return this.surroundings.broker.sendBatch(records);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.surroundings.messaging.stop();
    await this.surroundings.database.close();
    await this.postgres.stop();
  }

  /** One more process of the service, on the same database; whoever asks for it stops it. */
  another(): Promise<RunningService> {
    return this.start();
  }

  /** Ends the service and starts it again on the same database. */
  async restart(meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    await this.running.stop();
    await meanwhile();
    this.running = await this.start();
  }

  async say(...events: EventDraft[]): Promise<void> {
    await this.surroundings.database.transactions.run(async (tx) =>
      appendOutbox(
        tx,
        '/signalbox/surroundings',
        events.map((event) => ({ draft: event, aggId: event.subject, aggVersion: 1 })),
      ),
    );
    this.surroundings.messaging.poke();
  }

  heardOf<T extends EventContract>(contract: T): EventOf<T>[] {
    return this.heard.filter((event) => event.type === contract.type) as EventOf<T>[];
  }

  hear<T extends EventContract>(
    contract: T,
    is: (event: EventOf<T>) => boolean,
    withinMs = 20_000,
  ): Promise<EventOf<T>> {
    return eventually(() => this.heardOf(contract).find(is), { withinMs, what: contract.type });
  }

  /** Calls a route as the gateway would for this caller; what it answers must be as it tells. */
  async call(
    method: string,
    path: string,
    caller: Identity,
    body?: object,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const call = { audience: this.running.name, method, path, body: Buffer.from(text) };
    const headers = {
      ...more,
      authorization: `Bearer ${await this.identities.mint(caller, call)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const answer = await fetch(`${this.running.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: text }),
    });
    await this.told.check(this.running.url, method, path, answer);
    return answer;
  }

  async get<T = Record<string, unknown>>(path: string, caller: Identity = person('viewer')): Promise<T> {
    const answer = await this.call('GET', path, caller);
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

function brokerOf(config: ServiceConfig, databaseUrl: string): Broker {
  const { KAFKA_BROKERS: brokers, TOPIC_PREFIX: topicPrefix, EVENT_SOURCES: sources } = config;
  return brokers
    ? new KafkaBroker({ brokers, clientId: 'surroundings', topicPrefix, sources })
    : new EmbeddedBroker({ databaseUrl, topicPrefix, sources });
}

import type { Server as HttpServer } from 'node:http';
import { hostname } from 'node:os';
import { Module } from '@nestjs/common';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Messaging, within } from '@signalbox/messaging';
import { EventTransport, rethrowFilter } from '@signalbox/messaging/nest';
import { openTracer } from '@signalbox/messaging/otel';
import type { Kept, Migration, Tracer } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { Registry } from 'prom-client';
import { createBroker } from './broker.js';
import type { ServiceConfig } from './config.js';
import { HEALTH_SOURCES, HealthController } from './health.js';
import type { HealthSources } from './health.js';
import { answersKept, IdempotencyInterceptor } from './http/idempotency.js';
import { RequestsInHand } from './http/in-hand.js';
import { Lists } from './http/list.js';
import type { Answers } from './http/answers.js';
import { describeApi } from './http/openapi.js';
import { bodyLimitBytes, frameworkErrors, ProblemFilter } from './http/problem.js';
import { ResourceInterceptor } from './http/resource.js';
import { listenOnSharedPort } from './http/shared-port.js';
import { requestIds, traceRequests } from './http/tracing.js';
import { validationPipe } from './http/validation.js';
import { IdentityGuard, signedIdentity } from './identity/guard.js';
import type { Identify } from './identity/guard.js';
import { IdentityVerifier } from './identity/token.js';
import { createLogger, NestLogger } from './logger.js';
import type { Logger } from './logger.js';
import { migrationsOf, unopened } from './migration-step.js';
import { parkedEventsControllers } from './parked-events.js';
import { Purge } from './purge.js';
import { leasesKept } from './reconcile-loop.js';
import { StatusReport } from './status.js';
import { observeDependencies } from './telemetry/dependency-figures.js';
import { observeRequests } from './telemetry/http-figures.js';
import { Meter } from './telemetry/meter.js';
import { processFigures, showBuild } from './telemetry/process-figures.js';

/** What a service's module is wired from; passed in, never global, so that one process can host many. */
export interface ServiceContext<C extends ServiceConfig = ServiceConfig> {
  config: C;
  database: Database;
  messaging: Messaging;
  logger: Logger;
  meter: Meter;
  lists: Lists;
  /** Absent: traces are off. */
  tracer: Tracer | undefined;
  status: StatusReport;
}

export interface ServiceDefinition<C extends ServiceConfig = ServiceConfig> {
  /** Also the audience of identities and the consumer group's name. */
  name: string;
  title: string;
  /** What its operations answer with, as its OpenAPI document says. */
  answers?: Answers;
  migrations: Migration[];
  /** Its tables that keep their rows for some time only. */
  keeps?: readonly Kept[];
  module(context: ServiceContext<C>): DynamicModule;
  /** How callers are known; by default by the identity that the gateway has signed. */
  identify?(context: ServiceContext<C>): Identify;
  /** Routes beside Nest's: the gateway's proxy. */
  extendHttp?(context: ServiceContext<C>, app: NestFastifyApplication): Promise<void>;
}

export interface RunningService {
  name: string;
  url: string;
  /** Everything that `/metrics` shows. */
  registries: readonly Registry[];
  /** Takes no new work, ends what is in hand, pushes the outbox, closes; under ten seconds. */
  stop(): Promise<void>;
}

/**
 * Of ten seconds: until the last event is sent and nothing is in hand, and to close what is left. A server that says
 * nothing is waited for no longer.
 */
const [endsWithinMs, closesWithinMs] = [8_000, 1_000];

/** Starts one service: database and migrations, broker, HTTP, then its consumers. */
export async function startService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  config: C,
): Promise<RunningService> {
  const logger = createLogger(definition.name, config.LOG_LEVEL);
  const registry = new Registry();
  const registries = [registry, processFigures()];
  showBuild(registry, config);
  const meter = new Meter(registry);
  const broker = createBroker(definition.name, config, logger);
  const tracer = await tracerOf(definition.name, config, logger);
  const database = await openDatabase(definition, config, logger, tracer);
  await broker.start();
  observeDependencies(meter, database, broker);
  const messaging = new Messaging({
    service: definition.name,
    source: `/signalbox/${definition.name}`,
    broker,
    sources: config.EVENT_SOURCES,
    transactions: database.transactions,
    databaseUrl: config.DATABASE_URL,
    registry,
    logger,
    tracer,
  });
  const status = new StatusReport({ service: definition.name, config, database, broker, messaging, logger });
  const context = { config, database, messaging, logger, meter, lists: new Lists(config.CURSOR_KEY), tracer, status };
  const app = await createApp(definition, context, { database, broker, messaging, status, registries });
  // Modules register their wake-ups and handlers while they initialise; messaging starts with all of them known.
  await app.init();
  await app.startAllMicroservices();
  const { url, leaveSharedPort } = await listen(app, config);
  status.start(ownAddress(url, config.BIND));
  const purge = new Purge(database.transactions, logger, [answersKept, leasesKept, ...(definition.keeps ?? [])]);
  purge.start();
  return {
    name: definition.name,
    url,
    registries,
    stop: async () => {
      purge.stop();
      void leaveSharedPort?.();
      void messaging.leave();
      if (!(await within(endsWithinMs, app.close())))
        logger.warn({ withinMs: endsWithinMs }, 'something did not end in time and is left as it is');
      const closing = [status.stop().then(() => database.close()), tracer?.close(closesWithinMs)];
      await within(closesWithinMs, Promise.all(closing));
    },
  };
}

function tracerOf(name: string, config: ServiceConfig, logger: Logger): Promise<Tracer | undefined> {
  return openTracer(config, {
    service: config.OTEL_SERVICE_NAME ?? name,
    version: config.BUILD_VERSION,
    messagingSystem: config.KAFKA_BROKERS ? 'kafka' : 'signalbox-log',
    logger,
  });
}

function openDatabase<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  config: C,
  logger: Logger,
  tracer: Tracer | undefined,
): Promise<Database> {
  const opening = Database.open({
    url: config.DATABASE_URL,
    name: definition.name,
    poolSize: config.DATABASE_POOL,
    migrations: migrationsOf(definition),
    migrate: config.MIGRATE_AT_START,
    tracer,
    onHookError: (error) => logger.error({ err: error }, 'what follows a commit failed; what was committed stands'),
  });
  return opening.catch(unopened(definition.name, config.DATABASE_URL));
}

async function listen(
  app: NestFastifyApplication,
  { PORT, BIND, SHARED_PORT }: ServiceConfig,
): Promise<{ url: string; leaveSharedPort: (() => Promise<void>) | undefined }> {
  await app.listen(PORT, BIND);
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const server = app.getHttpServer() as HttpServer;
  return { url, leaveSharedPort: SHARED_PORT ? await listenOnSharedPort(server, SHARED_PORT, BIND) : undefined };
}

/** As siblings can tell it from theirs: in containers all listen at the same port of every address they have. */
function ownAddress(url: string, bind: string): string {
  const address = new URL(url);
  if (['0.0.0.0', '::'].includes(bind)) address.hostname = hostname();
  return address.origin;
}

async function createApp<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  context: ServiceContext<C>,
  sources: HealthSources,
): Promise<NestFastifyApplication> {
  const { config, logger, meter, database, messaging, tracer } = context;
  const health = { provide: HEALTH_SOURCES, useValue: sources };
  const controllers = [HealthController, ...parkedEventsControllers(definition.name, messaging.parked)];
  const inHand = new RequestsInHand();
  const providers = [health, { provide: RequestsInHand, useValue: inHand }];
  @Module({ imports: [definition.module(context)], controllers, providers })
  class ServiceRoot {}
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    // Ids hold names of environments and suites.
    routerOptions: { maxParamLength: 300 },
    frameworkErrors,
    ...requestIds,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ServiceRoot as Type, adapter, {
    logger: new NestLogger(logger),
    rawBody: true,
    abortOnError: false,
  });
  acceptBodies(app);
  inHand.observe(app);
  traceRequests(app.getHttpAdapter().getInstance(), { tracer, isEdge: definition.extendHttp !== undefined });
  observeRequests(app, meter);
  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new ProblemFilter(logger));
  const identify =
    definition.identify?.(context) ?? signedIdentity(definition.name, new IdentityVerifier(config.IDENTITY_JWKS));
  app.useGlobalGuards(new IdentityGuard(identify));
  app.useGlobalInterceptors(new ResourceInterceptor(), new IdempotencyInterceptor(database));
  await definition.extendHttp?.(context, app);
  if (!definition.extendHttp) publishOpenApi(app, definition.title, definition.answers);
  const events = app.connectMicroservice<MicroserviceOptions>(
    { strategy: new EventTransport(messaging) },
    { deferInitialization: true },
  );
  events.useGlobalFilters(rethrowFilter);
  return app;
}

/** YAML as text, octet streams unread, both beside JSON; plain text, which Fastify would take, is refused. */
function acceptBodies(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeContentTypeParser('text/plain');
  fastify.addContentTypeParser(
    ['application/yaml', 'application/xml'],
    { parseAs: 'buffer' },
    (request, body, done) => {
      Object.assign(request, { rawBody: body });
      done(null, body.toString());
    },
  );
  fastify.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
}

function publishOpenApi(app: NestFastifyApplication, title: string, answers: Answers | undefined): void {
  const document = describeApi(app, title, answers);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get('/openapi.json', () => document);
}

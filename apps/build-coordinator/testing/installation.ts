import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCoordinator, buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { IdentityMint, startService } from '@signalbox/chassis';
import type { RunningService } from '@signalbox/chassis';
import {
  draft,
  effective,
  manifest,
  readConfig,
  stageCancelled,
  stageRequested,
  taskCancelled,
  taskFinished,
  taskRequested,
  taskrunFinished,
} from '@signalbox/domain';
import type { EventContract, EventDraft, EventOf, ReceivedEvent } from '@signalbox/domain';
import { appendOutbox, EmbeddedBroker, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres, ToldAnswers } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import getPort from 'get-port';
import { exportJWK, generateKeyPair } from 'jose';
import type { TestRepository } from './repository.js';

export const runnerKey = 'a-runner-key-for-tests';
export const storeKey = 'a-store-key-for-tests';
const runnerMain = join(import.meta.dirname, '../../runner/dist/bundle/main.js');
const node = join(import.meta.dirname, '../../../node_modules/.bin/node');
const silent = { debug() {}, info() {}, warn() {}, error() {} };

type BuildSection = Record<string, unknown>;
type Result = EventOf<typeof taskrunFinished>['customData'];

interface Parts {
  folder: string;
  storeUrl: string;
  postgres: TestPostgres;
  database: Database;
  messaging: Messaging;
  mint: IdentityMint;
  service: RunningService;
  startService(): Promise<RunningService>;
}

/** A build-coordinator with its runners, and a planning and test-orchestrator that only ask and listen. */
export class Installation {
  private readonly told = new ToldAnswers();
  readonly folder: string;
  readonly storeUrl: string;
  readonly heard: ReceivedEvent[] = [];
  private readonly runners: ChildProcess[] = [];
  private releases = 0;

  private constructor(private readonly parts: Parts) {
    this.folder = parts.folder;
    this.storeUrl = parts.storeUrl;
    parts.messaging.onAny(async (event) => void this.heard.push(event));
  }

  static async start(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-build-'));
    const postgres = await startPostgres();
    const log = await postgres.url('log');
    const askers = await postgres.url('askers');
    const port = await getPort();
    const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const environment = {
      PORT: String(port),
      DATABASE_URL: await postgres.url('build'),
      LOG_DATABASE_URL: log,
      IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'EdDSA' }] }),
      CURSOR_KEY: 'a-cursor-key-for-tests',
      LOG_LEVEL: 'fatal',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      STORE_DIRECTORY: join(folder, 'store'),
      STORE_KEY: storeKey,
      RUNNER_KEYS: runnerKey,
    };
    const start = () => startService(buildCoordinator, readConfig(buildCoordinatorConfig, environment));
    const service = await start();
    const database = await Database.open({ url: askers, name: 'askers', migrations: [] });
    const messaging = new Messaging({
      service: 'askers',
      source: '/signalbox/askers',
      broker: new EmbeddedBroker({ databaseUrl: log }),
      transactions: database.transactions,
      databaseUrl: askers,
      logger: silent,
    });
    const mint = await IdentityMint.open({ ...(await exportJWK(keys.privateKey)), kid: 'k' });
    const storeUrl = environment.PUBLIC_URL;
    const made = new Installation({
      folder,
      storeUrl,
      postgres,
      database,
      messaging,
      mint,
      service,
      startService: start,
    });
    await messaging.start();
    return made;
  }

  async stop(): Promise<void> {
    await this.endRunners();
    const { service, messaging, database, postgres } = this.parts;
    await service.stop();
    await messaging.stop();
    await database.close();
    await postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async stopCoordinator(): Promise<void> {
    await this.parts.service.stop();
  }

  async startCoordinator(): Promise<void> {
    this.parts.service = await this.parts.startService();
  }

  async endRunners(): Promise<void> {
    for (const runner of this.runners.splice(0)) await endOf(runner, 'SIGTERM');
  }

  startRunner(name = 'r1'): ChildProcess {
    const runner = spawn(node, [runnerMain], {
      env: {
        ...process.env,
        COORDINATOR_URL: this.storeUrl,
        RUNNER_KEY: runnerKey,
        RUNNER_NAME: name,
        RUNNER_DIRECTORY: join(this.folder, name),
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    this.runners.push(runner);
    return runner;
  }

  async endRunner(runner: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    await endOf(runner, signal);
  }

  /** Asks for a build as planning does. @returns the release's id */
  async requestBuild(from: TestRepository, build: BuildSection, more: { path?: string } = {}): Promise<string> {
    this.releases += 1;
    const releaseId = `rel_${this.releases}`;
    await this.say(
      draft(stageRequested, {
        subject: `${releaseId}:build:1`,
        chainId: releaseId,
        content: {
          releaseId,
          application: 'shop',
          team: 'shop',
          version: '1.0.0',
          stage: 'build',
          kind: 'build',
          attempt: 1,
          commit: from.commit,
          repository: { location: from.location, path: more.path ?? '.' },
          definition: definitionWith(build),
          startBy: new Date(Date.now() + 60_000).toISOString(),
          silentAfter: 'PT60S',
        },
      }),
    );
    return releaseId;
  }

  cancelBuild(releaseId: string): Promise<void> {
    const of = { releaseId, application: 'shop', version: '1.0.0', stage: 'build', attempt: 1 };
    const content = { ...of, kind: 'build' as const, reason: 'cancelled by a person' };
    return this.say(draft(stageCancelled, { subject: `${releaseId}:build:1`, chainId: releaseId, content }));
  }

  async requestTest(
    from: TestRepository,
    suite: { run?: string[]; junit?: string },
    target: { url: string; version: string; slotVersion: number },
  ): Promise<string> {
    this.releases += 1;
    const [taskId, releaseId] = [`tsk_test_${this.releases}`, `rel_${this.releases}`];
    await this.say(
      draft(taskRequested, {
        subject: taskId,
        chainId: releaseId,
        content: {
          taskId,
          requestedBy: 'test-orchestrator',
          releaseId,
          application: 'shop',
          team: 'shop',
          version: target.version,
          commit: from.commit,
          repository: { location: from.location, path: '.' },
          definition: definitionWith({}),
          suite: { name: 'api', env: {}, timeoutMs: 20_000, ...suite },
          target: { ...target, healthCheckPath: '/healthz' },
        },
      }),
    );
    return taskId;
  }

  cancelTest(taskId: string): Promise<void> {
    const content = { taskId, releaseId: 'rel_x', reason: 'cancelled by a person' };
    return this.say(draft(taskCancelled, { subject: taskId, content }));
  }

  async hear<T extends EventContract>(
    contract: T,
    is: (event: EventOf<T>) => boolean,
    withinMs = 20_000,
  ): Promise<EventOf<T>> {
    const found = () => this.heard.find((event) => event.type === contract.type && is(event as EventOf<T>));
    return (await eventually(found, { withinMs, what: contract.type })) as EventOf<T>;
  }

  async buildEnd(releaseId: string, withinMs = 20_000): Promise<Result> {
    const event = await this.hear(taskrunFinished, ({ customData }) => customData.releaseId === releaseId, withinMs);
    return event.customData;
  }

  async testEnd(taskId: string): Promise<EventOf<typeof taskFinished>['content']> {
    return (await this.hear(taskFinished, ({ content }) => content.taskId === taskId)).content;
  }

  /** GET as a viewer of every application. */
  async get(path: string): Promise<Response> {
    const token = await this.parts.mint.mint(
      {
        principal: 'prn_viewer',
        name: 'viewer',
        kind: 'person',
        teams: [],
        emails: [],
        bindings: [{ role: 'viewer' }],
      },
      { audience: 'build-coordinator', method: 'GET', path, body: Buffer.alloc(0) },
    );
    const answer = await fetch(`${this.storeUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
    await this.told.check(this.storeUrl, 'GET', path, answer);
    return answer;
  }

  private async say(event: EventDraft): Promise<void> {
    await this.parts.database.transactions.run(async (tx) =>
      appendOutbox(tx, '/signalbox/askers', [{ draft: event, aggId: event.subject, aggVersion: 1 }]),
    );
    this.parts.messaging.poke();
  }
}

function definitionWith(build: BuildSection) {
  const written = { apiVersion: 'signalbox/v1', name: 'shop', build, runtime: { command: ['node', 'server.js'] } };
  return effective(manifest.parse(written));
}

async function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

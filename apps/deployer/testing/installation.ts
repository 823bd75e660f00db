import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdentityMint } from '@signalbox/chassis';
import {
  analysisJudged,
  analysisRequested,
  draft,
  planningAlive,
  quarantineDefined,
  rolloutPromoted,
  stageCancelled,
  stageRequested,
  taskrunFinished,
  topics,
  windowDefined,
} from '@signalbox/domain';
import type { EventContract, EventDraft, EventOf, Judgement, ReceivedEvent, StageRequest } from '@signalbox/domain';
import { appendOutbox, EmbeddedBroker, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import getPort from 'get-port';
import { exportJWK, generateKeyPair } from 'jose';
import { Deployable, TinyStore } from './processes.js';
import { aJudgement, aRequest } from './rollouts.js';
import type { Asked } from './rollouts.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const hostKey = 'a-host-key-for-tests-only';

interface Parts {
  folder: string;
  postgres: TestPostgres;
  database: Database;
  messaging: Messaging;
  mint: IdentityMint;
  url: string;
  store: TinyStore;
  host: Deployable;
  deployer: Deployable;
}

/** A deployer and a host as processes; planning and the monitor say what the test says. */
export class Installation {
  readonly heard: ReceivedEvent[] = [];
  readonly host: Deployable;
  readonly deployer: Deployable;
  private readonly versions = new Map<string, number>();
  private beat: NodeJS.Timeout | undefined;

  private constructor(private readonly parts: Parts) {
    this.host = parts.host;
    this.deployer = parts.deployer;
    parts.messaging.onAny(async (event) => void this.heard.push(event));
  }

  static async start(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-deployer-'));
    const postgres = await startPostgres();
    const [log, others] = [await postgres.url('log'), await postgres.url('others')];
    const [port, hostPort] = [await getPort(), await getPort()];
    const [url, hostUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${hostPort}`];
    const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const store = new TinyStore();
    await store.start();
    const host = new Deployable(
      'host/dist/bundle/main.js',
      { HOST_DATA: join(folder, 'host'), HOST_KEY: hostKey, HOST_PORT: String(hostPort), HOST_ROUTER_PORT_FROM: '0' },
      () => fetch(hostUrl).then(() => true),
    );
    const deployer = new Deployable(
      'deployer/dist/bundle/main.js',
      {
        PORT: String(port),
        DATABASE_URL: await postgres.url('deployer'),
        LOG_DATABASE_URL: log,
        IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'EdDSA' }] }),
        CURSOR_KEY: 'a-cursor-key-for-tests',
        LOG_LEVEL: 'warn',
        HOST_URL: hostUrl,
        HOST_KEY: hostKey,
        STORE_URL: store.url,
        STORE_KEY: 'a-store-key-for-tests',
        SECRET_KEY: 'a-secret-key-for-tests-of-32-letters',
      },
      async () => (await fetch(`${url}/health/ready`)).ok,
    );
    const database = await Database.open({ url: others, name: 'others', migrations: [] });
    const messaging = new Messaging({
      service: 'others',
      source: '/signalbox/others',
      broker: new EmbeddedBroker({ databaseUrl: log }),
      transactions: database.transactions,
      databaseUrl: others,
      logger: silent,
    });
    const mint = await IdentityMint.open({ ...(await exportJWK(keys.privateKey)), kid: 'k' });
    const made = new Installation({ folder, postgres, database, messaging, mint, url, store, host, deployer });
    await messaging.start();
    await host.start();
    await deployer.start();
    await made.beatNow();
    made.beat = setInterval(() => void made.beatNow().catch(() => undefined), 2_000);
    return made;
  }

  async stop(): Promise<void> {
    clearInterval(this.beat);
    const { host, deployer, messaging, database, postgres, store, folder } = this.parts;
    await deployer.end();
    await host.end();
    await messaging.stop();
    await database.close();
    store.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async loseHostData(): Promise<void> {
    await this.host.end();
    await rm(join(this.parts.folder, 'host'), { recursive: true, force: true });
    await this.host.start();
  }

  /** Asks for a deployment as planning does. */
  async request(application: string, asked: Asked & { attempt?: number }): Promise<StageRequest> {
    const made = aRequest(asked);
    const { artifact } = made;
    const request: StageRequest = {
      ...made,
      application,
      releaseId: `rel_${application}-${made.version}`,
      attempt: asked.attempt ?? 1,
      ...(artifact && { artifact: { ...artifact, digest: this.parts.store.digest } }),
    };
    const { releaseId } = request;
    await this.say(draft(stageRequested, { subject: releaseId, chainId: releaseId, content: request }));
    return request;
  }

  cancel({ releaseId, application, version, stage, attempt, kind }: StageRequest): Promise<void> {
    const content = { releaseId, application, version, stage, attempt, kind, reason: 'no longer wanted' };
    return this.say(draft(stageCancelled, { subject: releaseId, chainId: releaseId, content }));
  }

  promote({ releaseId, application, attempt }: StageRequest, teams: string[]): Promise<void> {
    const actor = { principal: 'prn_ann', kind: 'person' };
    const content = {
      releaseId,
      application,
      attempt,
      environment: 'production',
      full: false,
      reason: 'R',
      actor,
      teams,
    };
    return this.say(draft(rolloutPromoted, { subject: releaseId, chainId: releaseId, content }));
  }

  async judge(of: StageRequest, number: number, verdict: Judgement['verdict'], step = 0): Promise<void> {
    const { content } = await this.hear(analysisRequested, (event) => event.content.releaseId === of.releaseId);
    const judgement = { ...aJudgement(number, verdict, step), analysisId: content.analysisId, releaseId: of.releaseId };
    await this.say(draft(analysisJudged, { subject: content.analysisId, chainId: of.releaseId, content: judgement }));
  }

  freeze(application: string, removed = false): Promise<void> {
    const window = {
      windowId: `frz_${application}`,
      name: 'holidays',
      scope: { application },
      reason: 'R',
      inFlight: 'pause' as const,
      removed,
    };
    const content = { ...window, from: '2020-01-01T00:00:00.000Z', to: '2100-01-01T00:00:00.000Z' };
    return this.say(draft(windowDefined, { subject: content.windowId, content }), content.windowId);
  }

  quarantine(application: string, version: string): Promise<void> {
    const id = `qrt_${application}`;
    const content = { quarantineId: id, application, version, digest: this.parts.store.digest, reason: 'R' };
    return this.say(draft(quarantineDefined, { subject: id, content }), id);
  }

  async setSecret(application: string, name: string, value: string): Promise<number> {
    const path = `/v1/secrets/${application}/production/${name}`;
    const body = JSON.stringify({ value });
    const who = {
      principal: 'prn_op',
      name: 'op',
      kind: 'person' as const,
      teams: [],
      emails: [],
      bindings: [{ role: 'operator' as const }],
    };
    const token = await this.parts.mint.mint(who, {
      audience: 'deployer',
      method: 'PUT',
      path,
      body: Buffer.from(body),
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return (await fetch(`${this.parts.url}${path}`, { method: 'PUT', headers, body })).status;
  }

  async hear<T extends EventContract>(contract: T, is: (event: EventOf<T>) => boolean): Promise<EventOf<T>> {
    const found = () => this.heard.find((event) => event.type === contract.type && is(event as EventOf<T>));
    return (await eventually(found, {
      withinMs: 30_000,
      what: `${contract.type}; ${this.deployer.output}`,
    })) as EventOf<T>;
  }

  async end({ releaseId, attempt }: StageRequest): Promise<EventOf<typeof taskrunFinished>['customData']> {
    const isIt = (event: EventOf<typeof taskrunFinished>) =>
      event.customData.releaseId === releaseId &&
      event.customData.attempt === attempt &&
      event.topic === topics.deployment;
    return (await this.hear(taskrunFinished, isIt)).customData;
  }

  private beatNow(): Promise<void> {
    const content = { at: new Date().toISOString() };
    return this.say(draft(planningAlive, { subject: 'planning', key: 'alive/planning', content }), 'planning');
  }

  private async say(event: EventDraft, aggId = `say_${this.versions.size}`): Promise<void> {
    const aggVersion = (this.versions.get(aggId) ?? 0) + 1;
    this.versions.set(aggId, aggVersion);
    await this.parts.database.transactions.run(async (tx) =>
      appendOutbox(tx, '/signalbox/others', [{ draft: event, aggId, aggVersion }]),
    );
    this.parts.messaging.poke();
  }
}

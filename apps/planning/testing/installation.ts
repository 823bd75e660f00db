import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IdentityMint, startService } from '@signalbox/chassis';
import type { Identity, RunningService } from '@signalbox/chassis';
import type { ReceivedEvent } from '@signalbox/domain';
import { readConfig } from '@signalbox/domain';
import { EmbeddedBroker, Messaging } from '@signalbox/messaging';
import { planning, planningConfig } from '@signalbox/planning';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres, ToldAnswers } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { exportJWK, generateKeyPair } from 'jose';
import type { Release, StageState } from '../src/release/release.js';
import type { Why } from '../src/release/release.view.js';
import type { Slot } from '../src/slot/slot.js';
import { Executors } from './executors.js';
import { TestRepository } from './repository.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A release as it is shown. */
export type Shown = Omit<Release, 'stages'> & { stages: StageState[]; planHash: string };

/** What tests look at in answers, whatever was asked. */
type Body = Pick<Shown, 'id' | 'status'> &
  Pick<Slot, 'holder' | 'current'> &
  Pick<Why, 'state' | 'blockers' | 'ended'> & { items: unknown[]; definitionVersion: number };

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

export const person = (name: string, more: Partial<Identity> = {}): Identity => ({
  principal: `prn_${name}`,
  name,
  kind: 'person',
  teams: ['shop'],
  emails: [`${name}@example.com`],
  bindings: [{ role: 'admin' }],
  ...more,
});

export const ann = person('ann');

interface Parts {
  folder: string;
  postgres: TestPostgres;
  /** Of planning itself. */
  databaseUrl: string;
  database: Database;
  messaging: Messaging;
  mint: IdentityMint;
  start(): Promise<RunningService>;
}

/** A planning service with a real database, log and git; executors do what the test says. */
export class Installation {
  private readonly told = new ToldAnswers();
  readonly executors: Executors;
  readonly heard: ReceivedEvent[] = [];
  private service: RunningService | undefined;

  private constructor(private readonly parts: Parts) {
    this.executors = new Executors(parts.database, parts.messaging);
    parts.messaging.onAny(async (event) => {
      this.heard.push(event);
      await this.executors.hear(event);
    });
  }

  /** @param more variables of planning that are others */
  static async start(more: Record<string, string> = {}): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-planning-'));
    const postgres = await startPostgres();
    const log = await postgres.url('log');
    const executors = await postgres.url('executors');
    const keys = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const databaseUrl = await postgres.url('planning');
    const environment = {
      PORT: '0',
      DATABASE_URL: databaseUrl,
      LOG_DATABASE_URL: log,
      IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k', alg: 'EdDSA' }] }),
      CURSOR_KEY: 'a-cursor-key-for-tests',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'fatal',
      MIRROR_DIRECTORY: join(folder, 'mirrors'),
      ALLOW_LOCAL_REPOSITORIES: 'true',
      PATH: process.env['PATH'],
      HOME: folder,
      ...more,
    };
    const database = await Database.open({ url: executors, name: 'executors', migrations: [] });
    const messaging = new Messaging({
      service: 'executors',
      source: '/signalbox/executors',
      broker: new EmbeddedBroker({ databaseUrl: log }),
      transactions: database.transactions,
      databaseUrl: executors,
      logger: silent,
    });
    const mint = await IdentityMint.open({ ...(await exportJWK(keys.privateKey)), kid: 'k' });
    const start = () => startService(planning, readConfig(planningConfig, environment));
    const made = new Installation({ folder, postgres, databaseUrl, database, messaging, mint, start });
    await made.startPlanning();
    await messaging.start();
    return made;
  }

  async startPlanning(): Promise<void> {
    this.service = await this.parts.start();
  }

  async stopPlanning(): Promise<void> {
    await this.service?.stop();
    this.service = undefined;
  }

  async stop(): Promise<void> {
    await this.stopPlanning();
    await this.parts.messaging.stop();
    await this.parts.database.close();
    await this.parts.postgres.stop();
    await rm(this.parts.folder, { recursive: true, force: true });
  }

  /** The next write to a table that meets the condition loses against another one, once. */
  async loseNext(table: 'release' | 'gate', condition = 'true'): Promise<void> {
    await this.sql(
      `CREATE SEQUENCE lost_${table}`,
      `CREATE FUNCTION lose_${table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('lost_${table}') = 1 THEN RAISE 'lost' USING ERRCODE = '40P01'; END IF;
         RETURN NEW;
       END $$`,
      `CREATE TRIGGER lose BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (${condition})
         EXECUTE FUNCTION lose_${table}()`,
    );
  }

  /** Past the service, as an operator would. */
  async sql(...statements: string[]): Promise<void> {
    const database = await Database.open({ url: this.parts.databaseUrl, name: 'operator', migrations: [] });
    try {
      for (const statement of statements) await database.query(statement);
    } finally {
      await database.close();
    }
  }

  /** Registers an application with a repository of its own. */
  async register(name: string, more = ''): Promise<TestRepository> {
    const manifestText = manifestOf(name, more);
    const repository = await TestRepository.create(join(this.parts.folder, name), manifestText);
    const body = { manifestText, repository: repository.location, team: 'shop' };
    const { status } = await this.call(ann, 'POST', '/v1/applications', body);
    if (status !== 201) throw new Error(`not registered: ${status}`);
    return repository;
  }

  /** @returns the id of the draft */
  async create(application: string, more: object = {}): Promise<string> {
    const { status, body } = await this.call(ann, 'POST', '/v1/releases', { application, ...more });
    if (status !== 202 || body.status !== 'draft') throw new Error(`not created: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  post(releaseId: string, what: string, body: object, who = ann): Promise<Answer> {
    return this.call(who, 'POST', `/v1/releases/${releaseId}/${what}`, body);
  }

  async why(releaseId: string): Promise<Body> {
    return (await this.call(ann, 'GET', `/v1/releases/${releaseId}/blockers`)).body;
  }

  /** What the oldest blocked stages wait for, as it is told to who watches. */
  async waits(): Promise<string[]> {
    const text = await (await fetch(`${this.service?.url}/metrics`)).text();
    return [...text.matchAll(/^signalbox_stage_blocked_oldest_seconds\{.*reason="(\w+)"/gm)].map(
      ([, reason]) => `${reason}`,
    );
  }

  /** A call as the gateway passes it on. */
  async call(who: Identity, method: string, path: string, body?: object, headers = {}): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const token = await this.parts.mint.mint(who, { audience: 'planning', method, path, body: Buffer.from(text) });
    const response = await fetch(`${this.service?.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(text && { 'content-type': 'application/json' }), ...headers },
      ...(text && { body: text }),
    });
    await this.told.check(this.service?.url ?? '', method, path, response);
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(answer || '{}') as Body };
  }

  /** The release once this holds of it. */
  async release(id: string, is: (release: Shown) => boolean, what: string): Promise<Shown> {
    let last: unknown;
    const look = async () => {
      const { body } = await this.call(ann, 'GET', `/v1/releases/${id}`);
      last = body;
      return is(body as unknown as Shown) && (body as unknown as Shown);
    };
    try {
      return await eventually(look, { withinMs: 15_000, what });
    } catch (error) {
      throw new Error(`${what}: ${JSON.stringify(last, shownOnFailure)}`, { cause: error });
    }
  }
}

const shownOnFailure = 'status cause detail code stages key attempt blockers reason'.split(' ');

export function manifestOf(name: string, more = ''): string {
  return `apiVersion: signalbox/v1\nname: ${name}\nruntime:\n  command: [node, server.js]\n${more}`;
}

export const stage = (release: Shown, key: string): StageState | undefined =>
  release.stages.find((each) => each.key === key);
export const is = (status: string) => (release: Shown) => release.status === status;
export const stageIs = (key: string, status: string) => (release: Shown) => stage(release, key)?.status === status;

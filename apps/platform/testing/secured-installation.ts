import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningService } from '@signalbox/chassis';
import { gateEvaluation, serviceTopics } from '@signalbox/domain';
import type { Topic } from '@signalbox/domain';
import { appendOutbox, rightsOf, rightsOfMigration } from '@signalbox/messaging';
import type { KafkaRight } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres, startSecuredKafka } from '@signalbox/testing';
import type { SecuredKafka, TestPostgres } from '@signalbox/testing';
import { exportJWK, generateKeyPair } from 'jose';
import { Kafka, logLevel } from 'kafkajs';
import type { AclEntry, Admin } from 'kafkajs';
import { Client } from 'pg';
import { services } from '../src/services.js';

const secret = 'a-secret-for-tests-that-nobody-keeps';
const nowhere = 'http://127.0.0.1:9';
const operations = { Read: 3, Write: 4, Create: 5, Describe: 8, DescribeConfigs: 10, AlterConfigs: 11 };
const resources = { topic: 2, group: 3 };
/** Of kafkajs' enumerations: may, any host, this very name. */
const [allowed, anyHost, literal] = [3, '*', 3];

/** Every service in this process on a broker that lets each do what the list of rights says, and nothing else. */
export class SecuredInstallation {
  readonly prefix = `t${randomBytes(4).toString('hex')}.`;
  readonly adminKey = `sbx_${randomBytes(32).toString('base64url')}`;
  private readonly databases = new Map<string, Promise<string>>();
  private readonly running: RunningService[] = [];
  private keys: object = {};

  private constructor(
    readonly kafka: SecuredKafka,
    private readonly postgres: TestPostgres,
    private readonly admin: Admin,
    private readonly folder: string,
  ) {}

  static async open(): Promise<SecuredInstallation> {
    const kafka = await startSecuredKafka();
    const sasl = { mechanism: 'scram-sha-512', ...administratorOf(kafka) } as const;
    const ssl = { ca: readFileSync(kafka.caFile, 'utf8') };
    const admin = new Kafka({ brokers: kafka.brokers, ssl, sasl, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-secured-'));
    const made = new SecuredInstallation(kafka, await startPostgres(), admin, folder);
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const named = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' };
    made.keys = {
      IDENTITY_JWKS: JSON.stringify({ keys: [named] }),
      IDENTITY_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k' }),
    };
    return made;
  }

  /** How a service reaches the broker as the user of its name. */
  brokerVariables(user: string): Record<string, string> {
    return {
      KAFKA_BROKERS: this.kafka.brokers.join(','),
      KAFKA_TLS_CA_FILE: this.kafka.caFile,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_USERNAME: user,
      KAFKA_PASSWORD: this.kafka.passwords[user] ?? '',
      TOPIC_PREFIX: this.prefix,
    };
  }

  /** @param database whose database it is given; by default its own */
  async variablesOf(name: string, database = name): Promise<Record<string, string>> {
    const url = this.databases.get(database) ?? this.postgres.url(database.replaceAll('-', '_'));
    this.databases.set(database, url);
    return {
      ...this.keys,
      ...this.brokerVariables(name),
      MIGRATE_AT_START: 'false',
      PORT: '0',
      DATABASE_URL: await url,
      CURSOR_KEY: secret,
      LOG_LEVEL: 'fatal',
      ADMIN_KEY: this.adminKey,
      UPSTREAMS: JSON.stringify(Object.fromEntries(this.running.map((service) => [service.name, service.url]))),
      PUBLIC_URL: nowhere,
      MIRROR_DIRECTORY: this.folder,
      STORE_DIRECTORY: this.folder,
      STORE_URL: nowhere,
      STORE_KEY: secret,
      RUNNER_KEYS: secret,
      HOST_URL: nowhere,
      HOST_KEY: secret,
      SECRET_KEY: secret,
    };
  }

  /** @returns its address */
  async start(name: string, variables: Record<string, string>): Promise<string> {
    const service = await services[name]?.start(variables);
    if (!service) throw new Error(`no service ${name}`);
    this.running.push(service);
    return service.url;
  }

  urlOf(name: string): string {
    return this.running.find((service) => service.name === name)?.url ?? nowhere;
  }

  async grantMigration(user: string): Promise<void> {
    for (const right of rightsOfMigration(this.prefix)) await this.grant(user, right);
  }

  async grantAll(): Promise<void> {
    const all = Object.keys(serviceTopics).flatMap((service) =>
      rightsOf(service, this.prefix).map((right) => aclOf(service, right)),
    );
    await this.admin.createAcls({ acl: all });
  }

  async grant(user: string, right: KafkaRight): Promise<void> {
    await this.admin.createAcls({ acl: [aclOf(user, right)] });
  }

  /** Resolves when the broker knows it: the controller answers before. */
  async revoke(user: string, right: KafkaRight): Promise<void> {
    const acl = aclOf(user, right);
    await this.admin.deleteAcls({ filters: [acl] });
    await eventually(async () => (await this.admin.describeAcls(acl)).resources.length === 0, {
      withinMs: 20_000,
      what: `the broker to know that ${user} may not ${right.operation} ${right.name}`,
    });
  }

  /** Through the service's own outbox: an event that the archive alone takes in, so that nothing comes of it. */
  async say(service: string, topic: Topic, releaseId: string): Promise<void> {
    const url = (await this.databases.get(service)) ?? nowhere;
    const database = await Database.open({ url, name: 'test', migrations: [], migrate: false });
    const about = { releaseId, application: 'shop', version: '1.0.0', policy: 'tests' };
    const draft = gateEvaluation(topic, { ...about, result: 'passed', inputs: {} });
    const entry = { draft, aggId: draft.subject, aggVersion: 1 };
    try {
      await database.transactions.run(async (tx) => appendOutbox(tx, `/signalbox/${service}`, [entry]));
    } finally {
      await database.close();
    }
  }

  async query<R>(service: string, sql: string): Promise<R[]> {
    const client = new Client({ connectionString: await this.databases.get(service) });
    await client.connect();
    try {
      return (await client.query(sql)).rows as R[];
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map((service) => service.stop()));
    await this.admin.disconnect();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function administratorOf({ administrator, passwords }: SecuredKafka): { username: string; password: string } {
  return { username: administrator, password: passwords[administrator] ?? '' };
}

function aclOf(user: string, { resource, name, operation }: KafkaRight): AclEntry {
  return {
    resourceType: resources[resource],
    resourceName: name,
    resourcePatternType: literal,
    principal: `User:${user}`,
    host: anyHost,
    operation: operations[operation],
    permissionType: allowed,
  };
}

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceTopics, topics, topicsOf } from '@signalbox/domain';
import { rightsOf } from '@signalbox/messaging';
import type { KafkaRight } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { SecuredInstallation } from '../testing/secured-installation.js';
import { migratePlatform } from './platform.js';

interface Readiness {
  status: string;
  checks: Record<'database' | 'broker' | 'caughtUp', { ok: boolean; detail?: string }>;
}

const names = Object.keys(serviceTopics);
const publishers = names.filter((name) => topicsOf(name).publishes.length > 0);
/** Every right to write that the list has: a service, and a topic on which it publishes. */
const writing = Object.entries(serviceTopics).flatMap(([service, { publishes }]) =>
  publishes.map((topic) => ({ service, topic })),
);
const monitorMain = join(import.meta.dirname, '..', '..', 'monitor', 'dist', 'main.js');
let installation: SecuredInstallation;

beforeAll(async () => {
  installation = await SecuredInstallation.open();
}, 180_000);
afterAll(() => installation?.stop(), 60_000);

async function readiness(url: string): Promise<Readiness> {
  return (await (await fetch(`${url}/health/ready`)).json()) as Readiness;
}

const isReady = (url: string, what: string) =>
  eventually(async () => (await readiness(url)).status === 'ready', { withinMs: 45_000, everyMs: 100, what });

/** The words of a broker's trouble, once the service tells it; it lives. */
async function troubleOf(url: string, words: RegExp, as: 'degraded' | 'not_ready'): Promise<string> {
  const detail = await eventually(
    async () => {
      const { status, checks } = await readiness(url);
      const { detail = '' } = checks.broker;
      if (status !== as || !words.test(detail)) throw new Error(`it is ${status} and says: ${detail}`);
      return detail;
    },
    { withinMs: 45_000, everyMs: 100, what: `${words}` },
  );
  expect((await fetch(`${url}/health/live`)).status).toBe(200);
  expect((await fetch(`${url}/health/ready`)).status).toBe(as === 'degraded' ? 200 : 503);
  return detail;
}

/** A freeze, which planning says on the reference topic; answered when it is committed. */
async function freeze(reason: string): Promise<string> {
  const answer = await fetch(`${installation.urlOf('gateway')}/v1/freezes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${installation.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', reason }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

const archived = async (id: string) =>
  (await installation.query('gateway', `SELECT 1 FROM activity WHERE subject = '${id}'`)).length > 0;
const known = async (id: string) =>
  (await installation.query('deployer', `SELECT 1 FROM reference WHERE id = '${id}'`)).length > 0;
const parkedAt = (service: string) => installation.query(service, 'SELECT key FROM parked_key');
const waitingAt = async (service: string) => (await installation.query(service, 'SELECT id FROM outbox')).length;

const writeOn = (topic: string): KafkaRight => {
  return { resource: 'topic', name: installation.prefix + topic, operation: 'Write' };
};
/** Every publisher, on each of its topics. */
const sayEverywhere = (releaseId: string) =>
  Promise.all(writing.map(({ service, topic }) => installation.say(service, topic, releaseId)));
/** From whom and where. */
const archivedOf = async (releaseId: string) => {
  const sql = `SELECT source || ' on ' || topic AS told FROM activity WHERE release_id = '${releaseId}'`;
  return (await installation.query<{ told: string }>('gateway', sql)).map(({ told }) => told).sort();
};

/** Each of them once; what has not come is told by the comparison. */
async function hearAll(releaseId: string): Promise<void> {
  const all = async () => (await archivedOf(releaseId)).length >= writing.length;
  await eventually(all, { withinMs: 45_000, what: 'the archive has them all' }).catch(() => undefined);
  expect(await archivedOf(releaseId)).toEqual(
    writing.map(({ service, topic }) => `/signalbox/${service} on ${topic}`).sort(),
  );
}

const hearEverywhere = async (id: string) => {
  await eventually(() => archived(id), { withinMs: 45_000, what: 'the archive has it' });
  await eventually(() => known(id), { withinMs: 45_000, what: 'the deployer knows it' });
};

describe('on a Kafka with TLS, SCRAM and access control lists', () => {
  it('migrate makes databases and topics as a user who may do that, and nobody else', async () => {
    const variables = await Promise.all(names.map(async (name) => [name, await installation.variablesOf(name)]));
    const asMigration = installation.brokerVariables('feedback');
    const migrate = () => migratePlatform(Object.fromEntries(variables), asMigration);

    await expect(migrate()).rejects.toThrow(/the user feedback may not create .*; grant it Create/);
    await installation.grantMigration('feedback');
    const said = await migrate();

    expect(said).toContain('database of planning: up to date');
    expect(said).toContain(`topic ${installation.prefix}${topics.reference}: created with 1 partition`);
  });

  it('with the rights of the list and no other, every service is ready, and they hear each other', async () => {
    await installation.grantAll();
    for (const name of names) await installation.start(name, await installation.variablesOf(name));
    for (const name of names) await isReady(installation.urlOf(name), `${name} is ready`);

    await hearEverywhere(await freeze('the first'));
  }, 120_000);

  it('every service that publishes is heard from each of its topics', async () => {
    await sayEverywhere('rel_granted');
    await hearAll('rel_granted');
  }, 120_000);

  it('a service that may not publish keeps its events, says which right it lacks, and goes on when it has it', async () => {
    const right = writeOn(topics.reference);
    await installation.revoke('planning', right);
    const id = await freeze('without the right');

    const told = await troubleOf(installation.urlOf('planning'), /right Write/, 'degraded');
    expect(told).toBe(
      `the user planning lacks the right Write on ${right.name}; grant it (docs/generated/kafka-acls.md)`,
    );
    expect(await waitingAt('planning')).toBeGreaterThan(0);
    expect(await archived(id)).toBe(false);

    await installation.grant('planning', right);
    await hearEverywhere(id);
    await isReady(installation.urlOf('planning'), 'planning is ready again');
    expect(await parkedAt('planning')).toEqual([]);
  }, 120_000);

  it('so does every service whose rights to write are taken away and given back', async () => {
    for (const { service, topic } of writing) await installation.revoke(service, writeOn(topic));
    await sayEverywhere('rel_refused');

    for (const service of publishers) {
      const { publishes } = topicsOf(service);
      const allOfThem = publishes.map((topic) => `(?=.*${installation.prefix}${topic})`).join('');
      const words = new RegExp(`^the user ${service} lacks the right Write on ${allOfThem}.*; grant it`);
      await troubleOf(installation.urlOf(service), words, 'degraded');
      expect(await waitingAt(service)).toBeGreaterThanOrEqual(publishes.length);
    }
    expect(await archivedOf('rel_refused')).toEqual([]);

    for (const { service, topic } of writing) await installation.grant(service, writeOn(topic));
    await hearAll('rel_refused');
    for (const service of publishers) await isReady(installation.urlOf(service), `${service} is ready again`);
    expect(await Promise.all(names.map(parkedAt))).toEqual(names.map(() => []));
  }, 120_000);

  it('a service that may not read a topic says so, parks nothing, and has missed nothing when it may again', async () => {
    const right: KafkaRight = { resource: 'topic', name: installation.prefix + topics.reference, operation: 'Read' };
    await installation.revoke('deployer', right);
    await troubleOf(
      installation.urlOf('deployer'),
      /^the user deployer lacks the right Read on .*signalbox.reference/,
      'degraded',
    );
    const id = await freeze('unheard of');
    await eventually(() => archived(id), { withinMs: 45_000, what: 'the archive has it' });
    expect(await known(id)).toBe(false);

    await installation.grant('deployer', right);
    await hearEverywhere(id);
    await isReady(installation.urlOf('deployer'), 'the deployer is ready again');
    expect(await parkedAt('deployer')).toEqual([]);
  }, 120_000);

  it('a service that may not join its group says so, and joins when it may', async () => {
    const right: KafkaRight = {
      resource: 'group',
      name: `${installation.prefix}signalbox-feedback`,
      operation: 'Read',
    };
    await installation.revoke('feedback', right);
    const told = await troubleOf(installation.urlOf('feedback'), /consumer group/, 'degraded');
    expect(told).toContain(`the user feedback lacks the right Read on the consumer group ${right.name}`);

    await installation.grant('feedback', right);
    await isReady(installation.urlOf('feedback'), 'feedback is ready again');
  }, 120_000);

  it('brokers whose authority is not known are told, and the service lives', async () => {
    const variables = await installation.variablesOf('monitor');
    const url = await installation.start('monitor', {
      ...variables,
      KAFKA_TLS_CA_FILE: installation.kafka.otherCaFile,
    });

    const told = await troubleOf(url, /not trusted/, 'not_ready');
    expect(told).toMatch(/^the certificate of 127\.0\.0\.1:\d+ is not trusted \(.*\); KAFKA_TLS_CA_FILE must hold/);
  });

  it('a wrong password is told without being shown, and the process lives', async () => {
    const password = 'not-the-password-of-monitor';
    const port = await freePort();
    const variables = await installation.variablesOf('monitor');
    const env = {
      ...variables,
      PATH: process.env['PATH'],
      PORT: String(port),
      KAFKA_PASSWORD: password,
      LOG_LEVEL: 'debug',
    };
    const child = spawn(process.execPath, ['--no-warnings', monitorMain], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
    try {
      const told = await troubleOf(`http://127.0.0.1:${port}`, /does not let/, 'not_ready');
      expect(told).toMatch(/^Kafka does not let the user monitor in: .*KAFKA_USERNAME, KAFKA_PASSWORD_FILE/);
      expect(printed).toContain('trouble with Kafka');
      expect(printed).not.toContain(password);
      expect(child.exitCode).toBe(null);
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  }, 90_000);

  it('a certificate of the client serves in place of a password; without one that is told', async () => {
    const { kafka } = installation;
    for (const right of rightsOf('monitor', installation.prefix)) await installation.grant('CN=monitor', right);
    const {
      KAFKA_SASL_MECHANISM: _,
      KAFKA_USERNAME: _user,
      KAFKA_PASSWORD: _password,
      ...open
    } = await installation.variablesOf('monitor');
    const variables = { ...open, KAFKA_BROKERS: kafka.mutualBrokers.join(',') };
    const certificate = { KAFKA_TLS_CERT_FILE: kafka.clientCertFile, KAFKA_TLS_KEY_FILE: kafka.clientKeyFile };

    await isReady(await installation.start('monitor', { ...variables, ...certificate }), 'the one with a certificate');
    await troubleOf(await installation.start('monitor', variables), /wants one.*KAFKA_TLS_CERT_FILE/, 'not_ready');
  }, 90_000);
});

async function freePort(): Promise<number> {
  const { default: getPort } = await import('get-port');
  return getPort();
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import getPort from 'get-port';
import { appsByContainer, ImageFolder } from './image-folder.js';
import type { Contained } from './image-folder.js';

const containers = Object.keys(appsByContainer).filter((name) => name !== 'migrate');
const services = containers.filter((name) => name !== 'runner' && name !== 'host');
let postgres: TestPostgres;
let images: ImageFolder;
/** In place of Kafka. */
let embeddedLog: Record<string, string>;
let migrated: string[];

beforeAll(async () => {
  images = new ImageFolder();
  postgres = await startPostgres();
  embeddedLog = { KAFKA_BROKERS: '', LOG_DATABASE_URL: await postgres.url('log') };
  for (const name of services)
    writeFileSync(images.at('secrets', `${name}-database-url`), await postgres.url(name.replaceAll('-', '_')));
  await images.layOut('platform');
  migrated = [await printedBy(images.start('migrate', embeddedLog))];
  migrated.push(await printedBy(images.start('migrate', embeddedLog)));
}, 120_000);
afterAll(async () => {
  await postgres?.stop();
  images?.remove();
});

async function printedBy(step: Contained): Promise<string> {
  await step.ended;
  return step.printed();
}

async function addressFor(container: string): Promise<{ url: string; variables: Record<string, string> }> {
  const port = await getPort();
  const here = { PORT: String(port), BIND: '127.0.0.1', ...embeddedLog };
  const variables = container === 'host' ? { HOST_PORT: String(port), HOST_BIND: '127.0.0.1' } : here;
  return { url: `http://127.0.0.1:${port}`, variables };
}

it('what the image of the migration holds brings every database and the log up to date', () => {
  const lines = (did: string) => services.map((name) => `database of ${name}: ${did}\n`).join('');
  expect(migrated[0]?.replaceAll(/\d+ migrations/g, 'N migrations')).toBe(
    `${lines('N migrations applied')}topics: up to date\n`,
  );
  expect(migrated[1]).toBe(`${lines('up to date')}topics: up to date\n`);
});

it('what an image holds is enough: its user migrates the database, starts the service, and writes nothing', async () => {
  await images.layOut('gateway');
  const before = images.filesOf('gateway');
  const { url, variables } = await addressFor('gateway');
  const fresh = { DATABASE_URL_FILE: '', DATABASE_URL: await postgres.url('gateway') };
  const unreachable = { KAFKA_BROKERS: '127.0.0.1:9', LOG_DATABASE_URL: '' };
  const run = (...args: string[]) => images.start('gateway', { ...variables, ...fresh, ...unreachable }, ...args);

  expect(await printedBy(run())).toMatch(
    /^gateway: database of gateway \(DATABASE_URL, .*\): the database lacks \d+ of this version's migrations .*migrate step/,
  );
  expect(await printedBy(run('migrate', 'database'))).toMatch(/^database of gateway: \d+ migrations applied\n$/);
  expect(await printedBy(run('migrate', 'all'))).toBe(
    'gateway: unknown command migrate all; there is migrate [database | topics]\n',
  );

  const service = run();
  try {
    const { checks } = await eventually(
      async () => (await (await fetch(`${url}/health/ready`)).json()) as { checks: Record<string, object> },
      { withinMs: 30_000, everyMs: 100, what: 'it answers' },
    );
    expect(checks).toMatchObject({
      database: { ok: true },
      broker: { ok: false, detail: expect.stringMatching(/^Kafka cannot be reached at 127.0.0.1:9: .*ECONNREFUSED/) },
    });
    expect((await fetch(`${url}/docs/swagger-ui.css`)).status).toBe(200);
  } finally {
    service.end();
  }
  expect(await service.ended).toBe(0);
  expect(images.filesOf('gateway')).toEqual(before);
  expect(before.filter((name) => /^node_modules\/[^/]+$/.test(name))).toEqual([
    'node_modules/kafkajs',
    'node_modules/swagger-ui-dist',
  ]);
}, 120_000);

it('what every image holds is enough: services and host are ready, a runner asks for work, none writes beside its data', async () => {
  const wrong: string[] = [];
  const left = [...containers];
  const lane = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const told = await (name === 'runner' ? asksForWork() : becomesReady(name)).then(
        () => [],
        (error: Error) => [`${name}: ${error.message}`],
      );
      wrong.push(...told);
    }
  };
  await Promise.all([lane(), lane()]);
  expect(wrong).toEqual([]);
}, 180_000);

it('a package that is missing in one of them is told', async () => {
  await images.layOut('planning');
  const packages = images.at('images', 'planning', 'node_modules');
  renameSync(packages, `${packages}.away`);
  try {
    await expect(becomesReady('planning')).rejects.toThrow(/Cannot find package 'kafkajs'/);
  } finally {
    renameSync(`${packages}.away`, packages);
  }
}, 60_000);

async function becomesReady(container: string): Promise<void> {
  const { url, variables } = await addressFor(container);
  const status = async () => ((await (await fetch(`${url}/health/ready`)).json()) as { status: string }).status;
  await works(container, variables, async () => (await status()) === 'ready');
}

async function asksForWork(): Promise<void> {
  const key = readFileSync(images.at('secrets', 'runner-key'), 'utf8');
  let asked = false;
  const coordinator = createServer(({ method, url, headers }, response) => {
    asked ||= `${method} ${url} ${headers.authorization}` === `POST /v1/leases Bearer ${key}`;
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => coordinator.listen(0, '127.0.0.1', resolve));
  const { port } = coordinator.address() as AddressInfo;
  try {
    await works('runner', { COORDINATOR_URL: `http://127.0.0.1:${port}` }, () => asked);
  } finally {
    coordinator.closeAllConnections();
    coordinator.close();
  }
}

/** Lays it out, starts it and ends it. @throws what it printed, where it did not work or left something behind */
async function works(
  container: string,
  variables: Record<string, string>,
  fact: () => Promise<boolean> | boolean,
): Promise<void> {
  const app = appsByContainer[container] ?? '';
  await images.layOut(app);
  const before = images.filesOf(app);
  const program = images.start(container, variables);
  const found = async () => (program.isOver() ? 'ended by itself' : (await fact()) && 'works');
  const said = await eventually(found, { withinMs: 40_000, everyMs: 100, what: 'works' }).catch(String);
  program.end();
  const code = await program.ended;
  if (said !== 'works' || code !== 0) throw new Error(`${said}, ended with ${code}: ${program.printed()}`);
  expect(images.filesOf(app)).toEqual(before);
}

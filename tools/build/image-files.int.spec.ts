import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import getPort from 'get-port';
import { exportJWK, generateKeyPair } from 'jose';

const root = join(import.meta.dirname, '..', '..');
/** As root, what an image holds is run as a user who owns nothing of it, as in a container. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
let folder: string;
let image: string;
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'signalbox-image-'));
  chmodSync(folder, 0o755);
  // The checkout, and Node in it, may be closed to others.
  copyFileSync(process.execPath, join(folder, 'node'));
  image = join(folder, 'image');
  execFileSync(process.execPath, [join(root, 'tools', 'build', 'image-files.mjs'), 'gateway', image], { cwd: root });
}, 120_000);
afterAll(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function variablesOfGateway(): Promise<Record<string, string>> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return {
    NODE_ENV: 'production',
    PATH: '/usr/bin:/bin',
    PORT: String(await getPort()),
    DATABASE_URL: await postgres.url('gateway'),
    KAFKA_BROKERS: '127.0.0.1:9',
    IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }),
    IDENTITY_KEY: JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k' }),
    CURSOR_KEY: 'a-cursor-key-for-tests',
    MIGRATE_AT_START: 'false',
    UPSTREAMS: JSON.stringify(
      Object.fromEntries(
        ['planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'].map((name) => [
          name,
          'http://127.0.0.1:9',
        ]),
      ),
    ),
  };
}

const files = () => readdirSync(image, { recursive: true }).map(String).sort();

it('what an image holds is enough: its user migrates the database, starts the service, and writes nothing', async () => {
  const before = files();
  const env = await variablesOfGateway();
  const run = (...args: string[]) =>
    spawn(join(folder, 'node'), ['dist/bundle/main.js', ...args], {
      cwd: image,
      env,
      ...nobody,
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  expect(await printedBy(run())).toMatch(
    /^gateway: database of gateway \(DATABASE_URL, .*\): the database lacks \d+ of this version's migrations .*migrate step/,
  );
  expect(await printedBy(run('migrate', 'database'))).toMatch(/^database of gateway: \d+ migrations applied\n$/);
  expect(await printedBy(run('migrate', 'all'))).toBe(
    'gateway: unknown command migrate all; there is migrate [database | topics]\n',
  );

  const service = run();
  const ended = new Promise((resolve) => service.once('exit', resolve));
  const url = `http://127.0.0.1:${env['PORT']}`;
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
    expect(service.exitCode).toBe(null);
  } finally {
    service.kill('SIGTERM');
    await ended;
  }
  expect(files()).toEqual(before);
  expect(before.filter((name) => /^node_modules\/[^/]+$/.test(name))).toEqual([
    'node_modules/kafkajs',
    'node_modules/swagger-ui-dist',
  ]);
}, 120_000);

/** All that a process prints until it has ended. */
function printedBy(child: ReturnType<typeof spawn>): Promise<string> {
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += String(chunk)));
  return new Promise((resolve) => child.once('close', () => resolve(printed)));
}

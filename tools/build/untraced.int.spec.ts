import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Collector, eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import getPort from 'get-port';
import { exportJWK, generateKeyPair } from 'jose';

const root = join(import.meta.dirname, '..', '..');
let folder: string;
let postgres: TestPostgres;
let collector: Collector;

beforeAll(async () => {
  postgres = await startPostgres();
  collector = await Collector.start();
  folder = mkdtempSync(join(tmpdir(), 'signalbox-untraced-'));
});
afterAll(async () => {
  await collector?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts feedback, which is asked something in a caller's trace, and stops it. @returns the packages it loaded */
async function packagesOf(variables: Record<string, string>): Promise<Set<string>> {
  const list = join(folder, 'loaded');
  const hooks = join(folder, 'hooks.mjs');
  writeFileSync(list, '');
  writeFileSync(
    hooks,
    `import { appendFileSync } from 'node:fs';
     import { registerHooks } from 'node:module';
     registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context); } });`,
  );
  const { publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const port = await getPort();
  const child = spawn(
    process.execPath,
    ['--import', pathToFileURL(hooks).href, join(root, 'apps/feedback/dist/main.js')],
    {
      env: {
        PATH: '/usr/bin:/bin',
        PORT: String(port),
        DATABASE_URL: await postgres.url('feedback'),
        LOG_DATABASE_URL: await postgres.url('log'),
        IDENTITY_JWKS: JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] }),
        CURSOR_KEY: 'a-cursor-key-for-tests',
        ...variables,
      },
      stdio: 'ignore',
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => (await fetch(`${url}/health/ready`)).ok, {
      withinMs: 40_000,
      everyMs: 100,
      what: 'feedback is ready',
    });
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'1'.repeat(16)}-01` };
    expect((await fetch(`${url}/v1/feedback`, { headers })).status).toBe(401);
  } finally {
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  }
  const loaded = readFileSync(list, 'utf8').matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/g);
  return new Set([...loaded].flatMap(([, name]) => name ?? []));
}

const sdk = ['@opentelemetry/sdk-trace', '@opentelemetry/exporter-trace-otlp-proto', '@opentelemetry/resources'];

it('a service whose traces are off loads nothing of the SDK and sends nothing', async () => {
  const packages = await packagesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' });
  expect([...packages]).toContain('fastify');
  expect([...packages].filter((name) => sdk.includes(name))).toEqual([]);
  expect(collector.requests).toBe(0);
}, 60_000);

it('one whose traces are on loads it, and has sent what it saw when it has stopped', async () => {
  const packages = await packagesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  expect([...packages].filter((name) => sdk.includes(name)).sort()).toEqual([...sdk].sort());
  expect(collector.spans).toMatchObject([{ service: 'feedback', name: 'GET /v1/feedback', traceId: 'a'.repeat(32) }]);
}, 60_000);

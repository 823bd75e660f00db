import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildCoordinator, buildCoordinatorConfig } from '@signalbox/build-coordinator';
import { readConfig, startService } from '@signalbox/chassis';
import type { RunningService } from '@signalbox/chassis';
import { deployer, deployerConfig } from '@signalbox/deployer';
import { feedback, feedbackConfig } from '@signalbox/feedback';
import { gateway, gatewayConfig } from '@signalbox/gateway';
import { monitor, monitorConfig } from '@signalbox/monitor';
import { planning, planningConfig } from '@signalbox/planning';
import { startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { testOrchestrator, testOrchestratorConfig } from '@signalbox/test-orchestrator';
import { exportJWK, generateKeyPair } from 'jose';
import { committed } from './committed.js';

interface Operation {
  operationId?: string;
  summary?: string;
  'x-scope'?: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  responses: Record<string, { $ref?: string }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, object>; securitySchemes: object };
}

const secret = 'a-secret-for-documents-that-nobody-keeps';
const nowhere = 'http://127.0.0.1:9';
const running: RunningService[] = [];
let folder: string;
let postgres: TestPostgres;
let document: Document;

/** Every service in this process, on one database server, and the gateway before them. */
async function startEverything(): Promise<string> {
  const log = await postgres.url('log');
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'EdDSA' }];
  const variablesOf = async (name: string, more: Record<string, string> = {}) => ({
    PORT: '0',
    DATABASE_URL: await postgres.url(name),
    LOG_DATABASE_URL: log,
    IDENTITY_JWKS: JSON.stringify({ keys }),
    CURSOR_KEY: secret,
    LOG_LEVEL: 'fatal',
    STORE_URL: nowhere,
    STORE_KEY: secret,
    HOST_URL: nowhere,
    HOST_KEY: secret,
    ...more,
  });
  const builds = { PUBLIC_URL: nowhere, STORE_DIRECTORY: folder, RUNNER_KEYS: secret };
  const started = await Promise.all([
    startService(planning, readConfig(planningConfig, await variablesOf('planning', { MIRROR_DIRECTORY: folder }))),
    startService(buildCoordinator, readConfig(buildCoordinatorConfig, await variablesOf('builds', builds))),
    startService(testOrchestrator, readConfig(testOrchestratorConfig, await variablesOf('tests'))),
    startService(deployer, readConfig(deployerConfig, await variablesOf('deployer', { SECRET_KEY: secret }))),
    startService(monitor, readConfig(monitorConfig, await variablesOf('monitor'))),
    startService(feedback, readConfig(feedbackConfig, await variablesOf('feedback'))),
  ]);
  running.push(...started);
  const upstreams = JSON.stringify(Object.fromEntries(started.map(({ name, url }) => [name, url])));
  const key = JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'k' });
  const variables = await variablesOf('gateway', { UPSTREAMS: upstreams, IDENTITY_KEY: key });
  running.push(await startService(gateway, readConfig(gatewayConfig, variables)));
  return running.at(-1)?.url ?? '';
}

function operations(): { where: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ where: `${method.toUpperCase()} ${path}`, operation })),
  );
}

const whereNot = (holds: (operation: Operation, where: string) => boolean) =>
  operations()
    .filter(({ operation, where }) => !holds(operation, where))
    .map(({ where }) => where);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-openapi-'));
  postgres = await startPostgres();
  document = (await (await fetch(`${await startEverything()}/openapi.json`)).json()) as Document;
});

afterAll(async () => {
  await Promise.all(running.map((service) => service.stop()));
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the OpenAPI document', () => {
  it('is the one that is committed; npm run generate writes it', () => {
    const text = `${JSON.stringify(document, null, 2)}\n`;
    expect(committed('openapi.json', text)).toBe(text);
  });

  it('is OpenAPI 3.1', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
  });

  it('names every operation, once', () => {
    expect(whereNot((operation) => Boolean(operation.operationId && operation.summary))).toEqual([]);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it('shows the scope of every operation', () => {
    expect(whereNot((operation) => /^(identified|read|[a-z]+:[a-z]+)$/.test(operation['x-scope'] ?? ''))).toEqual([]);
  });

  it('declares every parameter of a path', () => {
    const undeclared = whereNot((operation, where) =>
      [...where.matchAll(/\{(\w+)\}/g)].every(([, name]) =>
        operation.parameters?.some((each) => each.in === 'path' && each.name === name && each.required),
      ),
    );
    expect(undeclared).toEqual([]);
  });

  it('says how every operation answers, and how it refuses', () => {
    expect(whereNot(({ responses }) => Object.keys(responses).some((status) => /^[23]/.test(status)))).toEqual([]);
    const refusing = (operation: Operation, where: string) => {
      const expected = ['400', '401', '403', '404', ...(where.startsWith('GET') ? [] : ['409'])];
      return expected.every((status) => operation.responses[status] !== undefined);
    };
    expect(whereNot(refusing)).toEqual([]);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)];
    const missing = references.filter(
      ([, kind = '', name = '']) =>
        !((document.components as unknown as Record<string, object>)[kind] ?? {})[name as never],
    );
    expect(missing.map(([reference]) => reference)).toEqual([]);
    expect(document.components.schemas).toHaveProperty('Problem');
  });
});

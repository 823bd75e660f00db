import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { effective, inboundTopic, manifest, testSuiteRunFinished } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import { Database } from '@signalbox/persistence';
import { eventually, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { MissedReportStore } from './missed-report.store.js';
import type { ReportedContent } from './outside.js';
import { TestRunService } from './test-run.service.js';
import { TestRunStore } from './test-run.store.js';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('runs'), name: 'runs', migrations });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

const argo = { name: 'argo', prefix: '/argo' };
const definition = effective(
  manifest.parse({
    apiVersion: 'signalbox/v1',
    name: 'shop',
    runtime: { command: ['node', 'server.js'] },
    environments: { staging: { suites: [{ name: 'load', executor: { event: 'argo' } }] } },
  }),
);
const current = { releaseId: 'rel_1', version: '1.0.0', digest: 'd', purl: 'p', deploymentId: 'dep', slotVersion: 1 };
const request = {
  releaseId: 'rel_1',
  application: 'shop',
  team: 'shop',
  version: '1.0.0',
  stage: 'test-staging',
  kind: 'test' as const,
  environment: 'staging',
  attempt: 1,
  commit: 'c0ffee',
  repository: { location: '/shop', path: '.' },
  definition,
  target: { url: 'http://localhost:4701', metricsUrl: 'http://localhost:4610', current },
  startBy: new Date().toISOString(),
  silentAfter: 'PT60S',
};
const report = {
  id: '0196f000-0000-7000-8000-000000000001',
  type: testSuiteRunFinished.type,
  topic: inboundTopic(argo),
  time: new Date(),
  links: [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: 'request-1' } }],
  content: { environment: { id: 'staging' }, outcome: 'success' },
} as unknown as ReceivedEvent<ReportedContent>;

it('a report that is read while its request is ends the suite, whichever commits first', async () => {
  const misses = new MissedReportStore(database);
  const outside = { sources: ['argo'], hearsSince: () => new Date(0) };
  const runs = new TestRunService(new TestRunStore(database, () => undefined), misses, outside);
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>();
  const { promise: isNoted, resolve: noted } = Promise.withResolvers<void>();
  const reading = database.runWithRetry(async () => {
    await runs.reportedOutside(report);
    noted();
    await mayCommit;
  });
  await isNoted;
  let isAsked = false;
  const asking = database
    .runWithRetry(() => runs.request(request, 'request-1', new Date()))
    .then(() => (isAsked = true));
  const waits = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  await eventually(async () => isAsked || (await database.query(waits)).length > 0, { what: 'the request is read' });
  commit();
  await Promise.all([reading, asking]);
  expect((await runs.get('trn_1-test-staging-1')).state).toMatchObject({ status: 'ended', outcome: 'succeeded' });
});

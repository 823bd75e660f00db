import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseJunit, signStoreUrl } from '@signalbox/chassis';
import { Installation, storeKey } from '../testing/installation.js';
import { aRepository } from '../testing/repository.js';
import type { TestRepository } from '../testing/repository.js';

let installation: Installation;
let repository: TestRepository;
let server: Server;
/** What is live: the router's header, and how it answers. */
let live = { version: '1.0.0@3', status: 200 };

const target = () => ({
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  version: '1.0.0',
  slotVersion: 3,
});
const suite = (script: string) => ({ run: ['node', '-e', script] });

beforeAll(async () => {
  installation = await Installation.start();
  installation.startRunner();
  repository = await aRepository(installation.folder, { 'a.txt': 'a' });
  server = createServer((request, response) => {
    if (request.url === '/upgrade') live = { ...live, version: '2.0.0@4' };
    response.writeHead(live.status, { 'signalbox-version': live.version }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  live = { version: '1.0.0@3', status: 200 };
});
afterAll(async () => {
  await installation.stop();
  server.closeAllConnections();
  server.close();
});

async function reportOf(digest: string | undefined) {
  const url = signStoreUrl(installation.storeUrl, storeKey, 'GET', digest ?? '', new Date(Date.now() + 60_000));
  return parseJunit(await (await fetch(url)).text());
}

describe('a suite', () => {
  it('runs in a checkout with the target in arguments and environment, and hands over its reports', async () => {
    const script = `const fs = require('node:fs'); fs.mkdirSync('out');
      if (process.env.TARGET_URL !== process.argv[1] || process.env.SHARD_TOTAL !== '1') process.exit(9);
      fs.writeFileSync('out/a.xml', '<?xml version="1.0"?><testsuites><testsuite><testcase name="a"/></testsuite></testsuites>');
      fs.writeFileSync('out/b.xml', '<testsuite><testcase name="b"><failure message="no"/></testcase></testsuite>');
      process.exit(1)`;
    const run = ['node', '-e', script, '${TARGET_URL}'];
    const end = await installation.testEnd(
      await installation.requestTest(repository, { run, junit: 'out/*.xml' }, target()),
    );
    expect(end).toMatchObject({ outcome: 'failed', exitCode: 1, requestedBy: 'test-orchestrator' });
    expect(await reportOf(end.reportDigest)).toMatchObject({ passed: 1, failed: 1 });
  });

  it('refuses to test another version, before and after', async () => {
    live.version = '0.9.0@2';
    const before = await installation.testEnd(await installation.requestTest(repository, suite(''), target()));
    expect(before).toMatchObject({ outcome: 'errored', reason: 'wrong_version' });
    expect(before.detail).toBe(`${target().url} serves 0.9.0@2, not 1.0.0@3`);
    live.version = '1.0.0@3';
    const upgrade = suite(`fetch(process.env.TARGET_URL + '/upgrade').then(() => undefined)`);
    const after = await installation.testEnd(await installation.requestTest(repository, upgrade, target()));
    expect(after).toMatchObject({ outcome: 'errored', reason: 'wrong_version' });
  });
});

describe('the smoke suite', () => {
  it('asks 20 times for the health path', async () => {
    const end = await installation.testEnd(await installation.requestTest(repository, {}, target()));
    expect(end.outcome).toBe('succeeded');
    expect(await reportOf(end.reportDigest)).toMatchObject({ passed: 20, failed: 0 });
  });

  it('fails when the answers are errors', async () => {
    live.status = 503;
    const end = await installation.testEnd(await installation.requestTest(repository, {}, target()));
    expect(end).toMatchObject({ outcome: 'failed', detail: '20 of 20 requests of /healthz failed: answered 503' });
  });
});

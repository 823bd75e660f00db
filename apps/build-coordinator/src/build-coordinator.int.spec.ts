import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signStoreUrl } from '@signalbox/chassis';
import { artifactPublished, buildFinished, buildQueued, buildStarted, gateEvaluated } from '@signalbox/domain';
import { makeRepository } from '../../../examples/storefront/make-repository.mjs';
import { Installation, storeKey } from '../testing/installation.js';
import { aRepository } from '../testing/repository.js';
import type { TestRepository } from '../testing/repository.js';

const junit = (cases: string): string => `<testsuites><testsuite name="unit">${cases}</testsuite></testsuites>`;
const copies = (from: string): string =>
  `require('node:fs').mkdirSync('out', { recursive: true }); require('node:fs').copyFileSync('${from}', 'out/unit.xml')`;

let installation: Installation;
let repository: TestRepository;

beforeAll(async () => {
  installation = await Installation.start();
  installation.startRunner();
  repository = await aRepository(installation.folder, {
    'server.js': 'console.log("hello")',
    'bin/tool.sh': '#!/bin/sh\necho tool',
    'good.xml': junit('<testcase name="a"/><testcase name="b"/>'),
    'bad.xml': junit(
      '<testcase name="a"/><testcase name="adds"><failure message="expected 2">at cart.js:31:5</failure></testcase>',
    ),
    'empty.xml': junit(''),
  });
});
afterAll(() => installation.stop());

const storePath = (digest: string): string =>
  join(installation.folder, 'store', digest.replace('sha256:', 'sha256/').replace(/(sha256\/..)/, '$1/'));
const blobUrl = (digest: string): string =>
  signStoreUrl(installation.storeUrl, storeKey, 'GET', digest, new Date(Date.now() + 3_600_000));

describe('a build', () => {
  const build = { steps: [{ run: ['node', '-e', 'console.log("step", process.env.VERSION)'] }] };

  it('turns a commit into an artifact in the store and says so', async () => {
    const releaseId = await installation.requestBuild(repository, build);
    const end = await installation.buildEnd(releaseId);
    expect(end).toMatchObject({
      outcome: 'succeeded',
      outputs: { artifact: { digest: expect.stringMatching(/^sha256:/) } },
    });
    const artifact = end.outputs?.artifact;
    expect(artifact?.purl).toBe(`pkg:generic/shop@1.0.0?checksum=${artifact?.digest}`);
    const ours = ({ customData }: { customData: { releaseId: string } }) => customData.releaseId === releaseId;
    for (const fact of [buildQueued, buildStarted, artifactPublished, buildFinished])
      await installation.hear(fact, ours);
    const blob = await fetch(blobUrl(artifact?.digest ?? ''));
    expect((await blob.arrayBuffer()).byteLength).toBe(artifact?.sizeBytes);
  });

  it('gives the same digest for the same commit', async () => {
    const first = await installation.buildEnd(await installation.requestBuild(repository, build));
    const second = await installation.buildEnd(await installation.requestBuild(repository, build));
    expect(second.outputs?.artifact?.digest).toBe(first.outputs?.artifact?.digest);
  });

  it('fails with the step that failed and the last lines of its log', async () => {
    const step = { run: ['node', '-e', 'console.log("why"); process.exit(2)'] };
    const end = await installation.buildEnd(await installation.requestBuild(repository, { steps: [step] }));
    expect(end).toMatchObject({ outcome: 'failed', reason: 'step_failed' });
    expect(end.detail).toBe(`"${step.run.join(' ')}" exited 2`);
    expect(end.outputs?.lastLines).toContain('why');
  });

  it('keeps what a step prints after a character that nobody can keep', async () => {
    const script =
      'process.stdout.write("a\\0b\\n"); setTimeout(() => { console.log("why"); process.exit(2); }, 1_000)';
    const step = { run: ['node', '-e', script] };
    const end = await installation.buildEnd(await installation.requestBuild(repository, { steps: [step] }));
    expect(end.outputs?.lastLines).toEqual(expect.arrayContaining(['a\uFFFDb', 'why']));
  });

  it('fails when a step takes too long, runs nothing, or nothing says what to run', async () => {
    const slow = await installation.requestBuild(repository, { steps: [{ run: ['sleep', '60'], timeout: '300ms' }] });
    const unknown = await installation.requestBuild(repository, { steps: [{ run: ['no-such-program'] }] });
    const none = await installation.requestBuild(repository, {});
    expect((await installation.buildEnd(slow)).detail).toBe('"sleep 60" took longer than 300ms');
    expect((await installation.buildEnd(unknown)).detail).toBe('"no-such-program" was not found');
    expect((await installation.buildEnd(none)).detail).toBe(
      'no build steps and no package-lock.json: add build.steps to signalbox.yaml',
    );
  });

  it('is errored when its repository has vanished or lacks the commit', async () => {
    const gone = await installation.requestBuild({ ...repository, location: '/no/such/repository' }, build);
    const missing = await installation.requestBuild({ ...repository, commit: 'a'.repeat(40) }, build);
    expect(await installation.buildEnd(gone)).toMatchObject({ outcome: 'errored', reason: 'repository_unreadable' });
    expect((await installation.buildEnd(missing)).detail).toContain(`has no commit ${'a'.repeat(7)}`);
  });

  it('is shown with its log over REST', async () => {
    const releaseId = await installation.requestBuild(repository, build);
    await installation.buildEnd(releaseId);
    const list = (await (await installation.get(`/v1/builds?releaseId=${releaseId}`)).json()) as {
      items: { id: string; taskId: string }[];
    };
    const [shown] = list.items;
    const single = await installation.get(`/v1/builds/${shown?.id}`);
    expect(single.headers.get('etag')).toMatch(/^"\d+"$/);
    expect(await single.json()).toMatchObject({ status: 'succeeded', application: 'shop', attempt: 1 });
    const log = await (await installation.get(`/v1/tasks/${shown?.taskId}/logs`)).text();
    expect(log).toContain('step 1.0.0\n');
    const runners = (await (await installation.get('/v1/runners')).json()) as { items: object[] };
    expect(runners.items).toMatchObject([{ name: 'r1', isOnline: true }]);
  });
});

describe('an npm application', () => {
  it('is installed, tested and packed, the same each time', async () => {
    const location = await mkdtemp(join(installation.folder, 'storefront-'));
    const author = { name: 'Author', email: 'author@example.test' };
    const commit = await makeRepository({ directory: location, author });
    const build = {
      steps: [{ run: ['npm', 'ci'] }, { run: ['npm', 'test'] }],
      junit: 'out/unit.xml',
      outputs: ['src'],
    };
    const ends = await Promise.all(
      [1, 2].map(async () =>
        installation.buildEnd(await installation.requestBuild({ location, commit }, build), 40_000),
      ),
    );
    const [first, second] = ends;
    expect(first).toMatchObject({ outcome: 'succeeded', outputs: { tests: { failed: 0 } } });
    expect(first?.outputs?.tests?.passed).toBeGreaterThan(2);
    expect(second?.outputs?.artifact).toEqual(first?.outputs?.artifact);
  });
});

describe('the policy tests-passed', () => {
  const reporting = (from: string, more = '') => ({
    steps: [{ run: ['node', '-e', `${copies(from)}${more}`] }],
    junit: 'out/unit.xml',
  });

  it('passes with a good report and keeps what it saw', async () => {
    const releaseId = await installation.requestBuild(repository, reporting('good.xml'));
    const end = await installation.buildEnd(releaseId);
    expect(end).toMatchObject({ outcome: 'succeeded', outputs: { tests: { passed: 2, failed: 0 } } });
    const evaluated = await installation.hear(gateEvaluated, ({ content }) => content.releaseId === releaseId);
    expect(evaluated.content).toMatchObject({
      policy: 'tests-passed',
      result: 'passed',
      inputs: { passed: 2, share: 1 },
    });
    const { buildId } = (end.outputs?.evidence ?? {}) as { buildId?: string };
    const kept = (await (await installation.get(`/v1/builds/${buildId}/evaluations`)).json()) as { items: object[] };
    expect(kept.items).toMatchObject([{ policy: 'tests-passed', result: 'passed' }]);
  });

  it('fails the build for a failing case, naming it, also when the step itself failed', async () => {
    const lenient = await installation.buildEnd(await installation.requestBuild(repository, reporting('bad.xml')));
    expect(lenient).toMatchObject({ outcome: 'failed', reason: 'tests_failed', detail: '1 of 2 tests failed' });
    const strict = await installation.buildEnd(
      await installation.requestBuild(repository, reporting('bad.xml', '; process.exit(1)')),
    );
    expect(strict.outputs?.tests?.failures).toEqual([{ name: 'adds', message: 'expected 2', place: 'cart.js:31' }]);
  });

  it('fails for a report that is empty or missing, and does not apply where none is declared', async () => {
    const empty = await installation.requestBuild(repository, reporting('empty.xml'));
    const missing = await installation.requestBuild(repository, { steps: [{ run: ['true'] }], junit: 'out/none.xml' });
    const none = await installation.requestBuild(repository, { steps: [{ run: ['true'] }] });
    expect((await installation.buildEnd(empty)).detail).toBe('out/unit.xml: no test ran');
    expect((await installation.buildEnd(missing)).detail).toBe('out/none.xml: no test report');
    expect((await installation.buildEnd(none)).outcome).toBe('succeeded');
    const evaluated = await installation.hear(gateEvaluated, ({ content }) => content.releaseId === none);
    expect(evaluated.content.result).toBe('not_applicable');
  });
});

describe('the store', () => {
  it('refuses a blob that was altered on disk', async () => {
    const end = await installation.buildEnd(
      await installation.requestBuild(repository, { steps: [{ run: ['true'] }], outputs: ['good.xml'] }),
    );
    const digest = end.outputs?.artifact?.digest ?? '';
    const bytes = await readFile(storePath(digest));
    await writeFile(storePath(digest), Buffer.concat([bytes.subarray(1), Buffer.from('x')]));
    const answer = await fetch(blobUrl(digest));
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: 'digest_mismatch' });
    // It is put aside, so that whoever makes the same bytes again can store them.
    expect((await fetch(blobUrl(digest))).status).toBe(404);
    const put = signStoreUrl(installation.storeUrl, storeKey, 'PUT', digest, new Date(Date.now() + 60_000));
    await fetch(put, { method: 'PUT', body: bytes, headers: { 'content-type': 'application/octet-stream' } });
    expect((await fetch(blobUrl(digest))).status).toBe(200);
  });

  it('has what was altered on disk uploaded again', async () => {
    const built = () => installation.requestBuild(repository, { steps: [{ run: ['true'] }], outputs: ['good.xml'] });
    const digest = (await installation.buildEnd(await built())).outputs?.artifact?.digest ?? '';
    await writeFile(storePath(digest), 'altered');
    expect((await installation.buildEnd(await built())).outputs?.artifact?.digest).toBe(digest);
    expect((await fetch(blobUrl(digest))).status).toBe(200);
  });

  it('refuses a URL that it did not sign, and bytes that are not what they are called', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect((await fetch(`${blobUrl(digest)}x`)).status).toBe(403);
    const put = signStoreUrl(installation.storeUrl, storeKey, 'PUT', digest, new Date(Date.now() + 60_000));
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await fetch(put, { method: 'PUT', headers, body: 'something else' });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([422, 'digest_mismatch']);
  });
});

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withDiskRoom } from '@signalbox/testing';
import { signalbox } from './support/cli.js';
import type { CliResult } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey, stageOf } from './support/journey.js';
import { addPerson } from './support/people.js';
import { TestRepository } from './support/repository.js';
import { Shop } from './support/shop.js';

const staging = (extra: string) => `environments:\n  staging: { ${extra} }\n  production: { watch: { bake: 1s } }\n`;
const manifest = (
  name: string,
  more: { steps?: string; command?: string; timeout?: string; health?: string; tail?: string } = {},
) => `apiVersion: signalbox/v1
name: ${name}
build:
  steps:
    - { run: ${more.steps ?? '[node, --check, server.js]'} }
runtime:
  command: ${more.command ?? '[node, server.js]'}
  healthCheckPath: ${more.health ?? '/'}
  startTimeout: ${more.timeout ?? '30s'}
${more.tail ?? staging('')}`;
const server =
  "require('node:http').createServer((request, response) => { response.statusCode = request.url === '/' ? 200 : 404; response.end(); }).listen(process.env.PORT);";

/** Every mistake of the first hour gets a clear answer: what, where, how to fix. */
describe('a mistake', () => {
  const installation = new Installation(['--no-demo']);
  const admin = new Journey(installation, '', '');

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await addPerson(installation, admin, 'author', { emails: ['dev@example.com'], bindings: [{ role: 'developer' }] });
    await addPerson(installation, admin, 'stranger', { bindings: [{ role: 'developer', team: 'others' }] });
  }, 120_000);

  afterAll(() => installation.discard());

  const run = (repository: TestRepository, ...args: string[]) =>
    signalbox(installation, ['-C', repository.directory, ...args]);

  /** Registers, releases, and follows to the end. */
  async function released(
    name: string,
    files: Record<string, string>,
    watched = true,
  ): Promise<{ repository: TestRepository; seen: CliResult }> {
    const repository = new TestRepository();
    repository.commit('feat: begin', { 'server.js': server, ...files });
    const registered = await run(repository, 'app', 'register');
    expect({ code: registered.code, err: registered.stderr }).toEqual({ code: 0, err: '' });
    const seen = await run(repository, 'release', 'create', ...(watched ? ['-w'] : []));
    return { repository, seen };
  }

  it('in the words of the command: what there is', async () => {
    const unknown = await signalbox(installation, ['relase', 'list']);
    expect({ code: unknown.code, err: unknown.stderr }).toEqual({
      code: 2,
      err: expect.stringMatching(/unknown command 'relase'\n\(Did you mean release\?\)/),
    });
    expect((await signalbox(installation, ['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('no repository', async () => {
    const seen = await signalbox(installation, ['-C', '/tmp', 'release', 'create']);
    expect(seen).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: /tmp is not a git repository\nfix: git init, commit\n',
    });
  });

  it('a dirty tree', async () => {
    const repository = new TestRepository();
    repository.commit('feat: begin', { 'signalbox.yaml': manifest('dirty') });
    repository.write({ a: '', b: '', c: '' });
    const seen = await run(repository, 'release', 'create');
    expect(seen).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: 3 uncommitted files\nfix: commit or --ignore-dirty\n',
    });
  });

  it('nothing new', async () => {
    const { repository } = await released('still', { 'signalbox.yaml': manifest('still') });
    for (const change of ['one', 'two', 'three', 'four']) repository.commit(`chore: ${change}`);
    const seen = await run(repository, 'release', 'create');
    expect(seen).toEqual({
      code: 0,
      stdout: 'nothing to release since v1.0.0 (4 chore)\nforce: --bump patch\n',
      stderr: '',
    });
    const forced = await run(repository, 'release', 'create', '--bump', 'patch', '--dry-run');
    expect(forced.stdout).toMatch(/^still@1\.0\.1 would be planned at [0-9a-f]{7}: patch, 4 chore since v1\.0\.0\n/);
  }, 60_000);

  it('in the YAML: every fault with line and column', async () => {
    const repository = new TestRepository();
    const broken = manifest('broken', {
      tail: `environments:
  production:
    strategy:
      canary:
        steps:
          - setWeight: 10
          - { setWeight: 20, pause: {} }
    colour: blue
`,
    });
    repository.commit('feat: begin', { 'server.js': server, 'signalbox.yaml': broken });
    const seen = await run(repository, 'app', 'register');
    expect(seen.code).toBe(2);
    expect(seen.stderr).toMatch(/signalbox\.yaml:16:13 \S*steps\[1\]: one key; found setWeight, pause/);
    expect(seen.stderr).toMatch(/signalbox\.yaml:17:\d+ .*unknown key "colour"/);
    repository.commit('feat: no YAML at all', { 'signalbox.yaml': 'name: [broken\n  x: : \n' });
    const unread = await run(repository, 'release', 'create');
    expect({ code: unread.code, out: unread.stdout }).toEqual({ code: 2, out: '' });
    expect(unread.stderr).toMatch(/^error: signalbox\.yaml:\d+:\d+ [^\n]+\nfix: mend signalbox\.yaml\n$/);
  });

  it('in the YAML of a later commit: the release says so', async () => {
    const { repository } = await released('later', { 'signalbox.yaml': manifest('later') });
    repository.commit('feat: oops', { 'signalbox.yaml': manifest('later').replace('runtime:', 'runtim:') });
    const seen = await run(repository, 'release', 'create');
    expect({ code: seen.code, out: seen.stdout }).toEqual({ code: 2, out: '' });
    expect(seen.stderr).toMatch(/signalbox\.yaml:\d+:\d+ .*unknown key "runtim"/);
    expect(seen.stderr).toMatch(/fix: mend signalbox\.yaml/);
  }, 60_000);

  it('in the build', async () => {
    const { seen } = await released('unbuilt', {
      'package.json': JSON.stringify({
        name: 'unbuilt',
        scripts: { build: 'node -e "console.log(\'because of this\'); process.exit(2)"' },
      }),
      'signalbox.yaml': manifest('unbuilt', { steps: '[npm, run, build]' }),
    });
    expect(seen.code).toBe(1);
    expect(seen.stdout).toMatch(/failed at build: "npm run build" exited 2/);
    expect(seen.stdout).toMatch(/because of this/);
  }, 60_000);

  it('in the tests: which, why, where', async () => {
    const junit = `<testsuite><testcase name="cart adds item" file="cart.js"><failure message="expected 2, got 1">at cart.js:31:5</failure></testcase><testcase name="cart empties"/></testsuite>`;
    const { seen } = await released('untested', {
      'suite.js': `require('node:fs').mkdirSync('out', { recursive: true }); require('node:fs').writeFileSync('out/api.xml', ${JSON.stringify(junit)}); process.exit(1);`,
      'signalbox.yaml': manifest('untested', {
        tail: staging('suites: [{ name: api, run: [node, suite.js], junit: out/api.xml }]'),
      }),
    });
    expect(seen.code).toBe(1);
    expect(seen.stdout).toMatch(/failed at test staging: 1 of 2/);
    expect(seen.stdout).toMatch(/cart adds item: expected 2, got 1 cart\.js:31/);
  }, 60_000);

  it('at the port: each is told apart', async () => {
    const mistakes = {
      idle: ['setInterval(() => console.log("idle"), 200);', /failed at deploy staging: nothing on \$PORT \d+ in 2s/],
      elsewhere: [
        "require('node:http').createServer((q, s) => s.end()).listen(38_471);",
        /failed at deploy staging: listens on 38471/,
      ],
      ending: ["console.log('last words'); process.exit(1);", /failed at deploy staging: exited 1[\s\S]*last words/],
      unhealthy: [server, /failed at deploy staging: \/healthz 404/],
    } as const;
    const ends = Object.entries(mistakes).map(async ([name, [program]]) => {
      const health = name === 'unhealthy' ? '/healthz' : '/';
      const files = { 'server.js': program, 'signalbox.yaml': manifest(name, { timeout: '2s', health }) };
      const { seen } = await released(name, files);
      return [name, { code: seen.code, out: seen.stdout }];
    });
    expect(Object.fromEntries(await Promise.all(ends))).toEqual(
      Object.fromEntries(
        Object.entries(mistakes).map(([name, [, told]]) => [name, { code: 1, out: expect.stringMatching(told) }]),
      ),
    );
  }, 90_000);

  it('approving one’s own release; an unknown version; a foreign team; a wrong key', async () => {
    await signalbox(installation, ['environment', 'protect', 'production', '--approvals', '1:leads']);
    const shop = new Shop({ name: 'guarded' });
    const journey = new Journey(installation, shop.directory, shop.name);
    await journey.register();
    const created = await signalbox(installation, ['-C', shop.directory, '--context', 'author', 'release', 'create']);
    expect(created.code).toBe(0);
    const own = await signalbox(installation, ['--context', 'author', 'release', 'approve', 'guarded@1.0.0']);
    expect(own).toEqual({
      code: 4,
      stdout: '',
      stderr: 'error: you are an author (self_approval)\nfix: one of leads\n',
    });
    const unknown = await signalbox(installation, ['release', 'get', 'guarded@9.9.9']);
    expect(unknown).toEqual({ code: 1, stdout: '', stderr: 'error: no guarded@9.9.9\nhave: 1.0.0\n' });

    const promote = (application: string, environment: string) =>
      signalbox(installation, ['rollout', 'promote', application, '--env', environment, '--reason', 'R']);
    expect((await promote('garded', 'production')).stderr).toMatch(/^error: no application garded/);
    expect((await promote('guarded', 'prodution')).stderr).toMatch(
      /^error: guarded has no environment prodution; it has staging, production/,
    );

    for (const list of [['release', 'list'], ['environments'], ['incident', 'list'], ['feedback', 'list']])
      for (const [name, ...who] of [['nosuch'], ['guarded', '--context', 'stranger']]) {
        const none = { code: 1, stdout: '', stderr: `error: no application ${name} (not_found)\n` };
        expect(await signalbox(installation, [...who, ...list, '--app', name ?? ''])).toEqual(none);
      }

    const [release] = (await journey.api<{ items: { id: string }[] }>('GET', '/v1/releases?application=guarded')).items;
    const foreign = await signalbox(installation, ['--context', 'stranger', 'release', 'get', release?.id ?? '']);
    expect({ code: foreign.code, err: foreign.stderr }).toEqual({ code: 1, err: expect.stringContaining('not_found') });
    const wrong = await fetch(`${installation.url}/v1/releases`, { headers: { authorization: 'Bearer sbx_wrong' } });
    expect({ status: wrong.status, body: await wrong.json() }).toEqual({
      status: 401,
      body: expect.objectContaining({ code: 'unauthenticated' }),
    });
    const blocked = await journey.until(
      { id: release?.id ?? '' },
      'the approval',
      (seen) => stageOf(seen, 'approve').status === 'blocked',
    );
    const illegal = await fetch(`${installation.url}/v1/releases/${blocked.id}/retries`, {
      method: 'POST',
      headers: { authorization: `Bearer ${installation.adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ stage: 'build', reason: 'why not' }),
    });
    expect({ status: illegal.status, body: await illegal.json() }).toEqual({
      status: 409,
      body: expect.objectContaining({ allowedTransitions: expect.any(Array) }),
    });
    const why = await signalbox(installation, ['release', 'why', 'guarded@1.0.0']);
    expect({ code: why.code, out: why.stdout }).toEqual({
      code: 1,
      out: expect.stringMatching(
        /^guarded@1\.0\.0 blocked \d+s at approve\n {2}approval_missing {2}0 of 1 from leads\n {4}lifts {2}never; expires in (?:72h|71h59m)\n {4}who {4}leads, not the author\n {4}do {5}release approve guarded@1\.0\.0\n$/,
      ),
    });
    await signalbox(installation, ['environment', 'protect', 'production', '--approvals', 'none']);
  }, 90_000);

  it('a repository that vanishes', async () => {
    const { repository } = await released('vanishing', { 'signalbox.yaml': manifest('vanishing') });
    rmSync(repository.directory, { recursive: true });
    const seen = await signalbox(installation, ['release', 'create', '--app', 'vanishing', '--bump', 'patch']);
    expect({ code: seen.code, err: seen.stderr }).toEqual({
      code: 2,
      err: expect.stringMatching(/cannot be read[\s\S]*fix: is it there/),
    });
  }, 60_000);

  it('a full disk fails the build, and the next one succeeds when there is room', async () => {
    const files = {
      'build.js': "require('node:fs').writeFileSync('large', Buffer.alloc(12e6, 'x'));",
      'signalbox.yaml': manifest('large', { steps: '[node, build.js]' }),
    };
    const { repository, seen } = await withDiskRoom(installation.pidOf('platform'), 10_000_000, () =>
      released('large', files),
    );
    expect({ code: seen.code, out: seen.stdout }).toEqual({
      code: 1,
      out: expect.stringMatching(/failed at build: the artifact store is full/),
    });
    const again = await run(repository, 'release', 'create', '--bump', 'patch', '-w');
    expect({ code: again.code, out: again.stdout }).toEqual({ code: 0, out: expect.stringMatching(/completed/) });
  }, 120_000);

  it('a secret that is missing, until it is set', async () => {
    const { seen } = await released(
      'secretive',
      {
        'signalbox.yaml': manifest('secretive', {
          tail: staging('config: { DATABASE_URL: { secretRef: DATABASE_URL } }'),
        }),
      },
      false,
    );
    expect(seen.code).toBe(0);
    const [release] = (await admin.api<{ items: { id: string }[] }>('GET', '/v1/releases?application=secretive')).items;
    const id = release?.id ?? '';
    await admin.until({ id }, 'the blocker', (now) => stageOf(now, 'deploy-staging').blockers.length > 0);
    const why = await signalbox(installation, ['release', 'why', id]);
    expect({ code: why.code, out: why.stdout }).toEqual({
      code: 1,
      out: expect.stringMatching(
        /secret_missing {2}DATABASE_URL, staging[\s\S]*do {5}secret set secretive staging DATABASE_URL/,
      ),
    });
    const promote = ['rollout', 'promote', 'secretive', '--env', 'staging', '--reason', 'R'];
    expect(await signalbox(installation, promote)).toMatchObject({
      code: 5,
      stderr:
        'error: secretive@1.0.0 is at no step in staging: its deployment is waiting\nfix: signalbox release why secretive@1.0.0\n',
    });
    await signalbox(installation, ['secret', 'set', 'secretive', 'staging', 'DATABASE_URL'], 'postgres://db\n');
    expect((await admin.ended({ id })).status).toBe('completed');
  }, 90_000);

  it('no runner', async () => {
    process.kill(installation.pidOf('runner'), 'SIGSTOP');
    try {
      const { seen } = await released('waiting', { 'signalbox.yaml': manifest('waiting') }, false);
      expect(seen.code).toBe(0);
      const [release] = (await admin.api<{ items: { id: string }[] }>('GET', '/v1/releases?application=waiting')).items;
      await admin.until(
        { id: release?.id ?? '' },
        'the blocker',
        (now) => stageOf(now, 'build').blockers[0]?.code === 'no_runner',
        60_000,
      );
      const why = await signalbox(installation, ['release', 'why', release?.id ?? '']);
      expect(why.stdout).toMatch(/no_runner {2}0 online for \d+s\n {4}lifts {2}with a runner\n/);
    } finally {
      process.kill(installation.pidOf('runner'), 'SIGCONT');
    }
  }, 90_000);
});

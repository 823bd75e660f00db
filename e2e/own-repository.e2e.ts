import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { signalbox, signalboxJson } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey } from './support/journey.js';
import { addPerson } from './support/people.js';
import { TestRepository } from './support/repository.js';
import { Traffic } from './support/traffic.js';

const node = {
  'package.json': JSON.stringify({
    name: 'corner-shop',
    version: '0.0.0',
    scripts: { start: 'node server.js', test: 'node --test' },
  }),
  'server.js': `const http = require('node:http');
http.createServer((request, response) => response.end('hello')).listen(process.env.PORT ?? 3000);`,
  'sum.test.js': `const test = require('node:test');
const assert = require('node:assert');
test('sums', () => assert.equal(1 + 1, 2));`,
};
const python = {
  'server.py': `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 128

if __name__ == "__main__":
    Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()`,
  'test_sum.py': `import unittest

class Sum(unittest.TestCase):
    def test_sums(self):
        self.assertEqual(1 + 1, 2)`,
};
const pace = `version: { createTag: true }
environments:
  staging: {}
  production:
    analysis: { interval: 500ms }
    watch: { bake: 2s }
`;

interface Placed {
  repository: string;
  definition: { repository: { path: string } };
  definitionVersion: number;
}

/** Repositories that were never made for Signalbox, released as a newcomer does it. */
describe('a repository of one’s own', () => {
  const installation = new Installation(['--no-demo']);

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    const admin = new Journey(installation, '', '');
    await addPerson(installation, admin, 'author', { emails: ['dev@example.com'], bindings: [{ role: 'developer' }] });
    await addPerson(installation, admin, 'approver', { teams: ['leads'], bindings: [{ role: 'release-manager' }] });
    await signalbox(installation, ['environment', 'protect', 'production', '--approvals', '1:leads']);
  }, 120_000);

  afterAll(() => installation.discard());

  it.each([
    ['Node', node],
    ['Python', python],
  ] as const)(
    'in %s goes from app init to completed, twice',
    async (_language, files) => {
      const repository = new TestRepository();
      repository.commit('feat: begin', files);
      const here = ['-C', repository.directory];
      const author = [...here, '--context', 'author'];
      const initialised = await signalbox(installation, [...here, 'app', 'init']);
      expect({ code: initialised.code, first: initialised.stdout.split('\n')[0] }).toEqual({
        code: 0,
        first: 'wrote signalbox.yaml; commit it, then app register',
      });
      const written = readFileSync(join(repository.directory, 'signalbox.yaml'), 'utf8');
      repository.commit('chore: signalbox', { 'signalbox.yaml': `${written}${pace}` });
      const name = /^name: (\S+)$/m.exec(written)?.[1] ?? '';

      const registered = await signalbox(installation, [...here, 'app', 'register']);
      expect(registered.stdout).toMatch(/^\S+: staging http:\/\/localhost:\d+ production :\d+\n$/);
      const created = await signalbox(installation, [...author, 'release', 'create']);
      expect(created.stdout).toMatch(new RegExp(`^${name}@1\\.0\\.0 planned at [0-9a-f]{7}: first version\n$`));
      await approved(`${name}@1.0.0`);
      const first = await signalbox(installation, [...author, 'release', 'get', `${name}@1.0.0`, '-w']);
      expect({ code: first.code, out: first.stdout }).toEqual({ code: 0, out: expect.stringMatching(/completed/) });

      await eventually(() => repository.git('tag').includes('v1.0.0'), { what: 'the tag in the repository' });
      const journey = new Journey(installation, repository.directory, name);
      const traffic = new Traffic(await journey.url(), 400);
      repository.commit('feat: better');
      const again = await signalbox(installation, [...author, 'release', 'create']);
      expect(again.stdout).toMatch(
        new RegExp(`^${name}@1\\.1\\.0 planned at [0-9a-f]{7}: minor, 1 feat since v1\\.0\\.0\n$`),
      );
      await approved(`${name}@1.1.0`);
      const second = await signalbox(installation, [...author, 'release', 'get', `${name}@1.1.0`, '-w']);
      const { failures } = await traffic.stop();
      expect({ code: second.code, failures, out: second.stdout }).toEqual({
        code: 0,
        failures: [],
        out: expect.stringMatching(/deploy production running .*10 %/),
      });
    },
    240_000,
  );

  it('stays where it was registered when its definition changes, unless another place is named', async () => {
    const repository = new TestRepository();
    const { directory } = repository;
    const manifest = `apiVersion: signalbox/v1\nname: placed\nruntime: { command: [node, server.js] }\n`;
    repository.commit('feat: begin', { ...node, 'signalbox.yaml': `${manifest}${pace}` });
    const elsewhere = new TestRepository();
    elsewhere.git('pull', '--quiet', directory, 'main');
    const register = (...more: string[]) =>
      signalboxJson<Placed>(installation, ['-C', directory, 'app', 'register', ...more]);
    expect(await register('--repository', elsewhere.directory)).toMatchObject({ repository: elsewhere.directory });
    repository.commit('chore: slower', { 'signalbox.yaml': `${manifest}${pace.replace('2s', '3s')}` });
    const again = await register();
    expect(again).toMatchObject({ repository: elsewhere.directory, definitionVersion: 2 });
    const told = await signalbox(installation, ['-C', directory, 'app', 'register']);
    expect(told.stdout.split('\n').slice(1)).toEqual([
      `reads ${elsewhere.directory}, not this folder; --repository moves it`,
      '',
    ]);
    expect(await register('--repository', directory)).toMatchObject({ repository: directory });

    const stale = await signalbox(installation, put('--if-match', '"2"'));
    expect({ code: stale.code, err: stale.stderr }).toEqual({ code: 5, err: expect.stringMatching(/^error: /) });
    const asItIs = await signalbox(installation, put());
    expect({ code: asItIs.code, err: asItIs.stderr }).toEqual({ code: 0, err: '' });

    function put(...more: string[]): string[] {
      const body = JSON.stringify({ repository: directory, manifestText: `${manifest}${pace}` });
      return ['api', 'PUT', '/v1/applications/placed', '--body', body, ...more];
    }
  }, 60_000);

  it('is not taken over by another repository with its name, unless it is moved there', async () => {
    const manifest = `apiVersion: signalbox/v1\nname: mine\nruntime: { command: [node, server.js] }\n`;
    const [mine, other] = [new TestRepository(), new TestRepository()];
    const register = ({ directory }: TestRepository, ...more: string[]) =>
      signalbox(installation, ['-C', directory, 'app', 'register', ...more]);
    mine.commit('feat: begin', { ...node, 'signalbox.yaml': `${manifest}${pace}` });
    other.commit('feat: something else', { ...node, 'signalbox.yaml': manifest });
    expect((await register(mine)).code).toBe(0);
    expect(await register(other)).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: mine is registered from ${mine.directory}, which shares no history with this one\nfix: another name in signalbox.yaml, or --repository to move it here\n`,
    });
    const moved = await register(other, '--repository', other.directory);
    expect(moved.stdout).toMatch(/^mine: staging http:\S+ production :\d+\n$/);
  }, 60_000);

  it('shows the environments that it has now', async () => {
    const repository = new TestRepository();
    const manifest = (environments: string) =>
      `apiVersion: signalbox/v1\nname: renamed\nruntime: { command: [node, server.js] }\nlifecycle: [{ phase: live, environments: ${environments} }]\n`;
    const register = async (environments: string) => {
      repository.commit(`feat: in ${environments}`, { ...node, 'signalbox.yaml': manifest(environments) });
      return (await signalbox(installation, ['-C', repository.directory, 'app', 'register'])).stdout;
    };
    expect(await register('[eu, us]')).toMatch(/^renamed: eu http:\S+ us :\d+\n$/);
    expect(await register('[eu, asia]')).toMatch(/^renamed: eu http:\S+ asia :\d+\n$/);
  }, 60_000);

  it('in a folder of a repository is built there, and nowhere else by mistake', async () => {
    const repository = new TestRepository();
    const inside = Object.entries(node).map(([file, text]) => [`services/api/${file}`, text]);
    repository.commit('feat: begin', Object.fromEntries(inside) as Record<string, string>);
    const here = ['-C', join(repository.directory, 'services', 'api')];
    expect((await signalbox(installation, [...here, 'app', 'init'])).code).toBe(0);
    const file = 'services/api/signalbox.yaml';
    const written = readFileSync(join(repository.directory, file), 'utf8').replace('corner-shop', 'inside');
    expect(written).toContain('repository:\n  path: services/api\n');
    repository.commit('chore: lost', { [file]: written.replace('  path: services/api', '  path: .') });
    const refused = await signalbox(installation, [...here, 'app', 'register']);
    expect(refused).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: services\/api\/signalbox\.yaml names repository\.path \.: .*\nfix: .*\n$/),
    });
    repository.commit('chore: found', { [file]: `${written}${pace}` });
    const registered = await signalboxJson<Placed>(installation, [...here, 'app', 'register']);
    expect(registered.definition.repository).toEqual({ path: 'services/api' });
    const created = await signalbox(installation, [...here, '--context', 'author', 'release', 'create']);
    expect(created.stdout).toMatch(/^inside@1\.0\.0 planned/);
    // Asked at the root, npm would have found no package to test.
    await approved('inside@1.0.0');
  }, 90_000);

  it('has its feedback counted for the version that is live, whatever production is called', async () => {
    const repository = new TestRepository();
    const here = ['-C', repository.directory];
    const manifest = `apiVersion: signalbox/v1
name: heard
build: { steps: [{ run: [node, --check, server.js] }] }
runtime: { command: [node, server.js], healthCheckPath: / }
lifecycle: [{ phase: live, environments: [eu, us] }]
environments:
  eu: { tier: production, watch: { bake: 1s } }
  us: { tier: production, watch: { bake: 1s } }
`;
    repository.commit('feat: begin', { 'server.js': node['server.js'], 'signalbox.yaml': manifest });
    expect((await signalbox(installation, [...here, 'app', 'register'])).code).toBe(0);
    const add = async () => (await signalbox(installation, ['feedback', 'add', 'fine', '--app', 'heard'])).stdout;
    expect(await add()).toMatch(/^\S+ received for no version: nothing is live\n$/);
    const created = await signalbox(installation, [...here, 'release', 'create', '-w']);
    expect({ code: created.code, out: created.stdout }).toEqual({ code: 0, out: expect.stringMatching(/completed/) });
    expect(await add()).toMatch(/^\S+ received for heard@1\.0\.0\n$/);
    const items = await signalboxJson<{ version?: string }[]>(installation, ['feedback', 'list', '--app', 'heard']);
    expect(items.map(({ version }) => version)).toEqual(['1.0.0', undefined]);
  }, 90_000);

  /** At once after the creation, as an impatient approver would: it waits for the build. */
  async function approved(release: string): Promise<void> {
    const { stdout, stderr } = await signalbox(installation, ['--context', 'approver', 'release', 'approve', release]);
    expect({ stdout, stderr }).toEqual({ stdout: 'approved 1 of 1\n', stderr: '' });
  }
});

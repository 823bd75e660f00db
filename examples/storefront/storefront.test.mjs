/** Run by `node --test examples/storefront`: what the demo relies on. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { commitVersion, makeRepository, versions } from './make-repository.mjs';

const run = promisify(execFile);
const author = { name: 'Ada', email: 'ada@storefront.example' };
// a runner that runs this file marks its children, which would then report to it and not to their file
const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
let directory;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'storefront-'));
});
after(() => rm(directory, { recursive: true, force: true }));

test('each version is one commit, passes its own tests and its suite; only 1.2.0 fails under traffic', async () => {
  for (const version of versions) {
    if (version === '1.0.0') await makeRepository({ directory, author });
    else await commitVersion(directory, version);
    await run('npm', ['test'], { cwd: directory, env: environment });
    assert.match(await readFile(join(directory, 'out/unit.xml'), 'utf8'), /<testcase/);
    const failed = await failuresUnderTraffic();
    if (version === '1.2.0') assert.ok(failed >= 35 && failed <= 40, `${failed} of 200 failed`);
    else assert.equal(failed, 0);
  }
  const { stdout } = await run('git', ['-C', directory, 'log', '--reverse', '--format=%s <%ae>']);
  assert.deepEqual(stdout.trim().split('\n'), [
    'feat: first version <ada@storefront.example>',
    'feat: gift cards <ada@storefront.example>',
    'feat: faster checkout <ada@storefront.example>',
  ]);
});

async function failuresUnderTraffic() {
  const port = await freePort();
  const env = { ...environment, PORT: String(port) };
  const server = spawn(process.execPath, ['src/server.js'], { cwd: directory, env, stdio: 'inherit' });
  try {
    const url = `http://127.0.0.1:${port}`;
    await untilHealthy(url);
    await run(process.execPath, ['--test', 'suite/api.test.js'], { cwd: directory, env: { ...env, TARGET_URL: url } });
    return await sendTraffic(url, 200);
  } finally {
    server.kill();
    await once(server, 'exit');
  }
}

/** Sends the mix of `traffic.json` in turn; returns how many answers were errors. */
async function sendTraffic(url, count) {
  const mix = JSON.parse(await readFile(new URL('traffic.json', import.meta.url), 'utf8'));
  const requests = mix.flatMap((each) => Array.from({ length: each.weight }, () => each));
  let failed = 0;
  for (let i = 0; i < count; i += 1) {
    const { method, path, body: content } = requests[i % requests.length];
    const body = content && JSON.stringify(content);
    const response = await fetch(`${url}${path}`, { method, body });
    await response.arrayBuffer();
    if (response.status >= 500) failed += 1;
  }
  return failed;
}

async function untilHealthy(url) {
  const deadline = Date.now() + 5000;
  while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok) {
    if (Date.now() > deadline) throw new Error('the storefront does not start');
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

// Restate: its own server (own log and RocksDB, fsync on) plus a workflow handler of six ctx.run in this process.
// A fourth argument sets the number of partitions: the default is 24, one is faster on two cores.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http2';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as restate from '@restatedev/restate-sdk';
import { STEPS, measure, stepResult, versionOf } from './measure.mjs';

const partitions = process.argv[5] ?? '24';
const PORT = { ingress: 18080, admin: 19070, node: 15122, handler: 19080 };
const ingress = `http://127.0.0.1:${PORT.ingress}`;

const directory = mkdtempSync(join(tmpdir(), 'peers-restate-'));
const require = createRequire(import.meta.url);
const binary = require.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
const server = spawn(binary, ['--no-logo', '--base-dir', directory, '--listen-mode', 'tcp'], {
  stdio: 'ignore',
  env: {
    ...process.env,
    RESTATE_LOG_FILTER: 'error',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_DEFAULT_NUM_PARTITIONS: partitions,
    RESTATE_BIND_IP: '127.0.0.1',
    RESTATE_ADVERTISED_HOST: '127.0.0.1',
    RESTATE_BIND_PORT: PORT.node,
    RESTATE_INGRESS__BIND_PORT: PORT.ingress,
    RESTATE_ADMIN__BIND_PORT: PORT.admin,
  },
});
process.on('exit', () => {
  server.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});
process.on('SIGTERM', () => process.exit(1));

const release = restate.workflow({
  name: 'release',
  handlers: {
    run: async (ctx, id) => {
      let result;
      for (let step = 1; step <= STEPS; step += 1) {
        result = await ctx.run(`step-${step}`, () => stepResult(id, step));
      }
      return result;
    },
  },
});
const handler = restate.createEndpointHandler({ services: [release], logger: () => {} }); // a log line per workflow is not the work
await once(createServer(handler).listen(PORT.handler, '127.0.0.1'), 'listening');
await register();

await measure({
  peer: partitions === '24' ? 'restate' : `restate-${partitions}p`,
  version: versionOf('@restatedev/restate-server'),
  enginePids: [server.pid],
  run: (id) => json(`${ingress}/release/${id}/run`, id),
  find: (id) => json(`${ingress}/restate/workflow/release/${id}/output`),
});
process.exit(0);

async function json(url, body) {
  const response = await fetch(
    url,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  );
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

async function register() {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await json(`http://127.0.0.1:${PORT.admin}/deployments`, { uri: `http://127.0.0.1:${PORT.handler}` });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

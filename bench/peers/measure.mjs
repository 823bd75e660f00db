// What all peers share: the step result, the closed loop, and the JSON line that each prints.
// `PEERS_POSTGRES=postgres://… node <peer>.mjs <clients> <count> <seconds>`; ../peers.mjs starts them.
import { deepStrictEqual } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export const STEPS = 6;
const WARM_UP_SECONDS = 2;
const READ_BACK = 20;

const [clientCount = 16, count = 1000, seconds = 10] = process.argv.slice(2).map(Number);
export const clients = clientCount;

/** A database of the server that all of them share, with durable settings. */
export function pgUrl(database) {
  const url = new URL(process.env.PEERS_POSTGRES);
  url.pathname = `/${database}`;
  return url.href;
}

export const versionOf = (name) => createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version;

/** The result of one no-op step: 200 bytes of JSON. */
export function stepResult(id, step) {
  const result = { id, step, outcome: 'passed', digest: `sha256:${'c0ffee42'.repeat(8)}`, note: '' };
  result.note = 'n'.repeat(200 - JSON.stringify(result).length);
  return result;
}

/**
 * Each client starts a workflow with run(id), waits for its result and starts the next,
 * until `count` are started or `seconds` have passed. find(id) reads a stored result back.
 */
export async function measure({ peer, version, run, find, enginePids = [] }) {
  await loop(run, Infinity, WARM_UP_SECONDS);
  const { ids, latencies, elapsed } = await loop(run, count, seconds);
  for (const id of sample(ids)) deepStrictEqual(await find(id), stepResult(id, STEPS));
  latencies.sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      peer,
      version,
      steps: STEPS,
      clients,
      completed: ids.length,
      seconds: round(elapsed, 2),
      perSecond: round(ids.length / elapsed, 1),
      p50Ms: round(latencies[Math.floor(latencies.length * 0.5)], 2),
      p99Ms: round(latencies[Math.floor(latencies.length * 0.99)], 2),
      rssMb: round(
        ['self', ...enginePids].reduce((sum, pid) => sum + rssMb(pid), 0),
        0,
      ),
    }),
  );
}

async function loop(run, count, seconds) {
  const ids = [];
  const latencies = [];
  let started = 0;
  const begin = performance.now();
  const client = async () => {
    while (started < count && performance.now() - begin < seconds * 1000) {
      started += 1;
      const id = randomUUID();
      const at = performance.now();
      const result = await run(id);
      latencies.push(performance.now() - at);
      if (result.id !== id || result.step !== STEPS) throw new Error(`wrong result ${JSON.stringify(result)}`);
      ids.push(id);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { ids, latencies, elapsed: (performance.now() - begin) / 1000 };
}

const sample = (ids) => ids.filter((_, i) => i % Math.ceil(ids.length / READ_BACK) === 0);

const rssMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

const round = (value, digits) => Number(value.toFixed(digits));

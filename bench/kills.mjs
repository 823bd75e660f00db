/**
 * kill -9 of a service, the owner of the outbox, the gateway, PostgreSQL and the broker, so many times each, in a cluster
 * that releases all the time (the one of docs/faults.md): how long until a release goes a stage further, and that nothing
 * is lost, doubled or out of order. `npm run bench -- kills [kills of each] [applications that release at once]`.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { missingForKafka } from '../tools/launch/kafka-needs.mjs';
import { percentile, summary, verdict } from './figures.mjs';

const [times, lanes] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 16)];

async function run(report) {
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const which = ['--selectProjects', 'e2e-alone', '--runInBand', '--forceExit', 'e2e/alone/kills'];
  const child = spawn(process.execPath, [...jest, ...which], {
    cwd: join(import.meta.dirname, '..'),
    stdio: 'inherit',
    env: { ...process.env, KILLS: String(times), KILLS_LANES: String(lanes), KILLS_REPORT: report },
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

function tell({ seen, goalsMs, load }) {
  console.log(`load before the first kill ${(load.releases / load.seconds).toFixed(1)} releases/s`);
  for (const [victim, goalMs] of Object.entries(goalsMs)) {
    const own = seen.filter((each) => each.victim === victim);
    const first = own.map(({ firstProgressMs }) => firstProgressMs / 1000);
    const still = own.map(({ standstillMs }) => standstillMs / 1000);
    // What had been on its way when it died counts as progress too: the longest time without any is stricter.
    const goal = `goal < ${goalMs / 1000}`;
    const isMet = (seconds) =>
      verdict(percentile(seconds, 1) * 1000 < goalMs, `not below ${goalMs / 1000} s each time`);
    const back = own.map(({ backMs }) => backMs / 1000);
    if (percentile(back, 0.5) > 0.5)
      console.log(`${victim.padEnd(11)} answered again after ${summary(back, 2).text} s`);
    console.log(`${victim.padEnd(11)} first progress ${summary(first, 2).text} s, ${goal}: ${isMet(first)}`);
    console.log(`${''.padEnd(11)} longest standstill ${summary(still, 2).text} s, ${goal}: ${isMet(still)}`);
  }
}

const missing = missingForKafka();
if (missing) {
  console.log(`not measured, it needs ${missing}`);
} else {
  console.log(
    `${times} kills of each kind, two processes each of gateway, planning and feedback, ${lanes} applications that release at once; medians with range`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-kills-'));
  try {
    const code = await run(join(folder, 'report.json'));
    tell(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')));
    process.exitCode = code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

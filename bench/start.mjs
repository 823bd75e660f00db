/**
 * Time from the launcher to "ready", resident memory and processor time of every process, in a state folder of its own.
 * The first start of a folder makes its database cluster, the later ones find it. `npm run bench -- start [repetitions]`.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { missingForJvmKafka } from '@signalbox/messaging/jvm-kafka';
import { summary, verdict } from './figures.mjs';
import { usageBelow } from './processes.mjs';

const launcher = join(import.meta.dirname, '..', 'tools', 'launch', 'start.mjs');
const GOALS = { readyMs: 3_000, platformMb: 350, serviceMb: 150 };
const SETTLE_MS = 10_000;
const notServices = ['supervisor', 'platform', 'runner', 'host'];

/** Starts everything; resolves when it is ready. */
async function start(state, mode) {
  const began = performance.now();
  const env = { ...process.env, SIGNALBOX_STATE: state };
  const child = spawn(process.execPath, [launcher, ...mode, '--no-demo'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const readyMs = await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes(' ready in ')) resolve(performance.now() - began);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('exit', () => reject(new Error(`it ended before it was ready:\n${output}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGINT');
    });
  return { pid: child.pid, readyMs, didSetUp: output.includes('first run:'), stop };
}

/** `repetitions` starts of one folder; the first is told apart. */
async function measure(mode, repetitions) {
  const state = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  // PostgreSQL's own user must come through, or its data would stay elsewhere.
  chmodSync(state, 0o711);
  const starts = [];
  try {
    while (starts.length < repetitions + 1) {
      const running = await start(state, mode);
      await delay(SETTLE_MS);
      const usage = usageBelow(running.pid);
      await running.stop();
      if (!running.didSetUp) starts.push({ readyMs: running.readyMs, usage });
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  const [first, ...later] = starts;
  return { firstMs: first.readyMs, readyMs: later.map(({ readyMs }) => readyMs), usage: starts.map((s) => s.usage) };
}

function reportReady({ firstMs, readyMs }) {
  const ready = summary(
    readyMs.map((ms) => ms / 1000),
    2,
  );
  console.log(`ready        ${ready.text} s, first start of a folder ${(firstMs / 1000).toFixed(2)} s`);
  return ready.median * 1000;
}

/** @returns the median megabytes of each process */
function reportUsage(usage) {
  const medians = {};
  for (const name of Object.keys(usage[0]).sort()) {
    const mb = summary(
      usage.map((of) => of[name].mb),
      0,
    );
    const cpuS = summary(
      usage.map((of) => of[name].cpuS),
      1,
    );
    medians[name] = mb.median;
    console.log(`${name.padEnd(20)} ${mb.text} MB, ${cpuS.text} s of a processor`);
  }
  return medians;
}

async function embedded(repetitions) {
  console.log('embedded: the platform hosts every service');
  const figures = await measure([], repetitions);
  const readyMs = reportReady(figures);
  console.log(`  goal under 3 s: ${verdict(readyMs < GOALS.readyMs, 'see bench/README.md')}`);
  const { platform } = reportUsage(figures.usage);
  const reason = 'seven services, each with its own framework instance and pool, in one heap';
  console.log(`  goal platform under 350 MB: ${verdict(platform < GOALS.platformMb, reason)}`);
}

async function cluster(repetitions) {
  const missing = await missingForJvmKafka();
  if (missing && !process.env.KAFKA_BROKERS) return console.log(`cluster: not measured, it needs ${missing}`);
  console.log('cluster: each service alone, on Kafka');
  const figures = await measure(['--cluster'], repetitions);
  reportReady(figures);
  const services = Object.entries(reportUsage(figures.usage)).filter(([name]) => !notServices.includes(name));
  const over = services.filter(([, median]) => median >= GOALS.serviceMb).map(([name]) => name);
  const reason = `${over.join(', ')}: each has the whole framework, TypeORM and kafkajs in its heap`;
  console.log(`  goal each service under 150 MB: ${verdict(over.length === 0, reason)}`);
}

const repetitions = Number(process.argv[2] ?? 5);
console.log(
  `${repetitions} starts after the first, each from the launcher to "ready"; resident memory (VmRSS) and processor time (user and system) ${SETTLE_MS / 1000} s later, idle; medians with range`,
);
await embedded(repetitions);
await cluster(repetitions);

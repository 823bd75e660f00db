/**
 * How often the judge is wrong about canaries whose truth is known: streams of independent requests at 100/s, a fifth
 * of them to the canary, one look every 2 s for 5 minutes. Seeded, so that two runs print the same.
 * `node bench/false-alarms.mjs [streams]`
 */
import { effective, manifest } from '@signalbox/domain';
import { add, begin, fixThresholds, judge } from '../dist/judge/verdict.js';

const streams = Number(process.argv[2] ?? 1_000);
const looks = 150;
const perLook = { canary: 40, baseline: 160 };
const boundsMs = [...Array.from({ length: 90 }, (_, index) => 0.5 * 1.1 ** index), null];
const definition = effective(
  manifest.parse({ apiVersion: 'signalbox/v1', name: 'bench', runtime: { command: ['true'] } }),
);
const config = definition.environments.production.analysis;

/** Mulberry32. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Log-normal latencies around 4 ms, with a tail. */
function serve(random, requests, { errorRate, addedMs }) {
  const counters = { requests, errors: 0, latency: boundsMs.map(() => 0) };
  for (let index = 0; index < requests; index += 1) {
    if (random() < errorRate) counters.errors += 1;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const ms = 4 * Math.exp(0.6 * normal) + addedMs;
    counters.latency[boundsMs.findIndex((bound) => bound === null || bound >= ms)] += 1;
  }
  return counters;
}

function run(seed, canary, baseline) {
  const random = randomOf(seed);
  let evidence = fixThresholds(config, begin(config), serve(random, 1_000, baseline), boundsMs);
  let passedAt;
  for (let look = 1; look <= looks; look += 1) {
    const served = {
      boundsMs,
      canary: serve(random, perLook.canary, canary),
      baseline: serve(random, perLook.baseline, baseline),
    };
    evidence = add(config, evidence, served, true);
    const { verdict } = judge(config, evidence);
    if (verdict === 'failed') return { failedAt: look * 2, passedAt };
    if (verdict === 'passed') passedAt ??= look * 2;
  }
  return { passedAt };
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const percent = (count) => `${((100 * count) / streams).toFixed(2)} %`;

const healthy = { errorRate: 0, addedMs: 0 };
const cases = [
  ['the same, no errors', healthy, healthy],
  ['the same, 0.1 % errors', { errorRate: 0.001, addedMs: 0 }, { errorRate: 0.001, addedMs: 0 }],
  ['the same, 0.5 % errors', { errorRate: 0.005, addedMs: 0 }, { errorRate: 0.005, addedMs: 0 }],
  ['the same, 1 % errors', { errorRate: 0.01, addedMs: 0 }, { errorRate: 0.01, addedMs: 0 }],
  ['10 ms slower', { errorRate: 0, addedMs: 10 }, healthy],
  ['100 ms slower', { errorRate: 0, addedMs: 100 }, healthy],
  ['2 % errors against none', { errorRate: 0.02, addedMs: 0 }, healthy],
  ['20 % errors against none', { errorRate: 0.2, addedMs: 0 }, healthy],
];

console.log(`${streams} streams each; 100 requests/s, canary 20 %, a look every 2 s for 5 min; seeds 1 to ${streams}`);
for (const [name, canary, baseline] of cases) {
  const ends = Array.from({ length: streams }, (_, index) => run(index + 1, canary, baseline));
  const failed = ends.flatMap(({ failedAt }) => (failedAt === undefined ? [] : [failedAt]));
  const passed = ends.flatMap(({ passedAt }) => (passedAt === undefined ? [] : [passedAt]));
  const times = `median ${middle(passed) ?? '-'} s to pass, ${middle(failed) ?? '-'} s to fail`;
  console.log(`${name.padEnd(26)} failed ${percent(failed.length)}, passed ${percent(passed.length)}; ${times}`);
}

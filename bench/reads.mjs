/**
 * Reads while the history grows: a real installation over HTTP, as many requests a second whatever the answers take, of
 * each kind one in six. `npm run bench -- reads [sizes] [seconds] [requests per second] [repetitions]`, sizes as
 * `10000,100000,1000000`; each size is stored once and read so many times for so long. A million releases take about 40 GB
 * below TMPDIR.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'node:http';
import { percentile, summary, verdict } from './figures.mjs';
import { days, History, kindOf, nameOf, releasesEach, versionOf } from './history.mjs';
import { Installation, Shop } from './installation.mjs';

const sizes = (process.argv[2] ?? '10000,100000,1000000').split(',').map(Number);
const [seconds, perSecond, repetitions] = [process.argv[3] ?? 30, process.argv[4] ?? 200, process.argv[5] ?? 5].map(
  Number,
);
const goal = 1.5;
const warmUpSeconds = Math.max(3, seconds / 6);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** Three real releases: one completed, one taken back by a person, one that failed. */
async function templates(installation) {
  const seed = new Shop(installation, 'seed');
  await seed.register();
  await seed.release('completed');
  await seed.change('feat: more');
  const completed = await seed.release('completed');
  await seed.change('feat: unwanted');
  const unwanted = await seed.release('completed');
  await installation.api('POST', `/v1/releases/${unwanted.id}/rollbacks`, {
    environment: 'production',
    reason: 'unwanted',
  });
  const path = `/v1/releases/${unwanted.id}`;
  const takenBack = await installation.until(path, ({ rollback }) => rollback?.outcome === 'succeeded');
  await seed.change('feat: broken', { 'server.js': 'this is no program' });
  const failed = await seed.release('failed');
  // Whatever it tells of them has been archived when nothing has come for a while.
  await pause(3_000);
  return { completed, rolled_back: takenBack, failed };
}

/** What is asked, and how its answer is known to be right. */
function questions(history, events) {
  const isOf = (application, index) => (body) =>
    body.application === nameOf(application) && body.version === versionOf(index);
  // A release at the edge of the 90 days may be in or out.
  const isAbout = (value, expected) => Math.abs(value - expected) <= 1;
  const recent = Array.from({ length: releasesEach }, (_, index) => index + 1).filter(
    (index) => (index * days) / releasesEach >= days - 90,
  );
  const deployed = recent.filter((index) => kindOf(index) !== 'failed').length;
  const takenBack = recent.filter((index) => kindOf(index) === 'rolled_back').length;
  return {
    'gateway alone': () => ['/v1/me', (body) => body.principal !== undefined],
    'release by id': (application, index, id) => [`/v1/releases/${id}`, isOf(application, index)],
    'filtered list': (application) => [
      `/v1/releases?application=${nameOf(application)}&status=completed&limit=50`,
      ({ items }) =>
        items.length === 50 &&
        items.every((each) => each.application === nameOf(application) && each.status === 'completed'),
    ],
    timeline: (_application, index, id) => [
      `/v1/activities?releaseId=${id}&limit=200`,
      ({ items }) => items.length === events[kindOf(index)] && items.every(({ releaseId }) => releaseId === id),
    ],
    'DORA, 90 days': (application) => [
      `/v1/delivery-metrics?application=${nameOf(application)}`,
      ({ figures: { deploymentFrequency, changeFailRate } }) =>
        isAbout(deploymentFrequency.count, deployed) && isAbout(changeFailRate.value * changeFailRate.count, takenBack),
    ],
    why: (application, index, id) => [
      `/v1/releases/${id}/blockers`,
      (body) => body.state === 'ended' && body.release === `${nameOf(application)}@${versionOf(index)}`,
    ],
  };
}

/** An open loop: each request goes out when it is due, and its time counts from then. */
async function load(installation, history, keys, events, forSeconds) {
  const asked = questions(history, events);
  const kinds = Object.keys(asked);
  const latencies = Object.fromEntries(kinds.map((kind) => [kind, []]));
  const random = (count) => 1 + Math.floor(Math.random() * count);
  const open = new Set();
  const began = performance.now();
  for (let number = 0; number < forSeconds * perSecond; number += 1) {
    const dueAt = began + (number * 1000) / perSecond;
    if (dueAt > performance.now()) await pause(dueAt - performance.now());
    const kind = kinds[number % kinds.length];
    const [application, index] = [random(history.applications), random(releasesEach)];
    const [path, isRight] = asked[kind](application, index, history.idOf(application, index));
    const answered = checked(installation.url + path, keys[number % keys.length], isRight, () =>
      latencies[kind].push(performance.now() - dueAt),
    );
    open.add(answered);
    void answered.finally(() => open.delete(answered)).catch(() => undefined);
  }
  await Promise.all(open);
  return latencies;
}

async function checked(url, key, isRight, onAnswer) {
  const body = await get(url, key);
  onAnswer();
  if (!isRight(body)) throw new Error(`${url} is not as it should be: ${JSON.stringify(body).slice(0, 500)}`);
}

function get(url, key) {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, headers: { authorization: `Bearer ${key}` } }, (answer) => {
      const chunks = [];
      answer.on('data', (piece) => chunks.push(piece));
      answer.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode !== 200) reject(new Error(`${url}: ${answer.statusCode} ${text}`));
        else resolve(JSON.parse(text));
      });
    });
    call.once('error', reject);
    call.end();
  });
}

const services = ['gateway', 'planning', 'feedback'];
const sampled = 40;
/** So long sessions keep their figures to themselves. */
const statisticsMs = 1_500;

/** Blocks of 8 kB that each kind of request touches: it tells what grows with the history, however busy the machine is. */
async function blocks(installation, history, keys, events) {
  const asked = questions(history, events);
  const idle = await touched(history, () => pause(2_000));
  const found = {};
  for (const [kind, ask] of Object.entries(asked)) {
    const { count, ms } = await touched(history, async () => {
      for (let number = 0; number < sampled; number += 1) {
        const index = 1 + (number % releasesEach);
        const application = 1 + ((number * 7) % history.applications);
        const [path] = ask(application, index, history.idOf(application, index));
        await get(installation.url + path, keys[0]);
      }
    });
    found[kind] = Math.max(0, count - (idle.count * ms) / idle.ms) / sampled;
  }
  return found;
}

async function touched(history, work) {
  const counted = async () => {
    await pause(statisticsMs);
    let count = 0;
    for (const service of services) {
      const { rows } = await history[service].query(
        `SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)
           + coalesce(toast_blks_hit + toast_blks_read + tidx_blks_hit + tidx_blks_read, 0))::float8 AS count
         FROM pg_statio_user_tables`,
      );
      count += rows[0].count;
    }
    return { count, at: performance.now() };
  };
  const before = await counted();
  await work();
  const after = await counted();
  return { count: after.count - before.count, ms: after.at - before.at };
}

async function measure(installation) {
  const history = await History.open(installation, await templates(installation));
  const keys = await installation.keys(Math.ceil(perSecond / 60));
  const events = {};
  for (const kind of ['completed', 'rolled_back', 'failed']) events[kind] = await history.eventsOf(kind);
  const figures = [];
  for (const size of sizes) {
    const began = performance.now();
    await history.grow(Math.ceil(size / releasesEach));
    console.log(`${size} releases stored in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    await load(installation, history, keys, events, warmUpSeconds);
    const rounds = [];
    for (let round = 0; round < repetitions; round += 1)
      rounds.push(await load(installation, history, keys, events, seconds));
    const touches = await blocks(installation, history, keys, events);
    figures.push({ size, rounds, touches });
    report({ rounds, touches });
  }
  await history.close();
  return figures;
}

/** Of each round the same percentile of a kind of request. */
function each(rounds, kind, share) {
  return rounds.map((latencies) => percentile(latencies[kind], share));
}

function report({ rounds, touches }) {
  const floor = summary(each(rounds, 'gateway alone', 0.5), 1).median;
  for (const kind of Object.keys(touches)) {
    const [p50, p99] = [summary(each(rounds, kind, 0.5), 1), summary(each(rounds, kind, 0.99), 1)];
    const overFloor = (p50.median / floor).toFixed(1);
    console.log(
      `  ${kind.padEnd(14)} p50 ${p50.text} ms, p99 ${p99.text} ms, ${overFloor} times the gateway alone, ${touches[kind].toFixed(0)} blocks`,
    );
  }
}

function compare(figures) {
  const [least, most] = [figures[0], figures.at(-1)];
  if (least === most) return;
  for (const kind of Object.keys(least.touches)) {
    const medianOf = ({ rounds }, share) => summary(each(rounds, kind, share), 1).median;
    const ratioOf = (share) => medianOf(most, share) / medianOf(least, share);
    const ratio = ratioOf(0.99);
    const told = kind === 'gateway alone' ? '' : `  goal <= ${goal}: ${verdict(ratio <= goal, `above ${goal}`)}`;
    const more = `blocks ${least.touches[kind].toFixed(0)} to ${most.touches[kind].toFixed(0)}`;
    console.log(
      `${kind.padEnd(14)} p99(${most.size}) / p99(${least.size}) ${ratio.toFixed(2)}, p50 ${ratioOf(0.5).toFixed(2)}, ${more}${told}`,
    );
  }
}

console.log(
  `${perSecond} requests/s, ${repetitions} times ${seconds} s at ${sizes.join(', ')} releases of ${releasesEach} in each application over ${days} days; medians with range, times from when a request was due; npm start with the embedded log, everything else at its default`,
);
const installation = await Installation.start();
try {
  compare(await measure(installation));
} finally {
  agent.destroy();
  await installation.stop();
}

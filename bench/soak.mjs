/**
 * An hour at a third of what it can do: a real installation builds, deploys and tests releases at a steady rate while
 * somebody reads. Does anything grow that should not? `npm run bench -- soak [minutes] [applications]`.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { serviceTopics } from '@signalbox/domain';
import { percentile } from './figures.mjs';
import { Installation, Shop } from './installation.mjs';
import { usageBelow } from './processes.mjs';
import { trend } from './trend.mjs';

const [minutes, applications] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 12)];
const share = 1 / 3;
const samples = 60;
/** Caches fill and the compiler learns: nothing counts until then. */
const warmUp = 0.1;
const probeSeconds = Math.max(20, minutes * 2);
const readEveryMs = 100;
const lookEveryMs = 2_000;
const databases = [...Object.keys(serviceTopics), 'log'];
const isOver = ({ status }) => !['draft', 'planned', 'running'].includes(status);

/** Releases one after another in every application, as fast as they go. @returns completed ones per second */
async function maximum(shops) {
  const until = performance.now() + probeSeconds * 1000;
  const began = performance.now();
  let completed = 0;
  const lane = async (shop) => {
    while (performance.now() < until) {
      await shop.release('completed', { bump: 'patch' });
      completed += 1;
    }
  };
  await Promise.all(shops.map(lane));
  return (completed * 1000) / (performance.now() - began);
}

/** Begins a release whenever one is due, in the application whose turn it is; they queue where it is too slow. */
class Load {
  begun = [];
  latencies = [];
  #timers = [];
  #wrong = [];

  constructor(installation, shops, perSecond) {
    this.installation = installation;
    let number = 0;
    const begin = () => {
      const shop = shops[(number += 1) % shops.length];
      const wish = { application: shop.name, bump: 'patch' };
      const made = installation.api('POST', '/v1/releases', wish).then(({ id }) => this.begun.push(id));
      this.#wrong.push(
        made.then(
          () => undefined,
          (error) => error,
        ),
      );
    };
    this.#timers.push(
      setInterval(begin, 1000 / perSecond),
      setInterval(() => void this.#read(), readEveryMs),
    );
  }

  async #read() {
    const id = this.begun[Math.floor(Math.random() * this.begun.length)];
    if (id === undefined) return;
    const began = performance.now();
    const read = this.installation
      .api('GET', `/v1/releases/${id}`)
      .then(() => this.latencies.push(performance.now() - began));
    this.#wrong.push(
      read.then(
        () => undefined,
        (error) => error,
      ),
    );
    await read.catch(() => undefined);
  }

  /** The 99th percentile of what was read since it was asked before. */
  takeP99() {
    return percentile(this.latencies.splice(0), 0.99);
  }

  /** Every call was answered and every release has completed. */
  async end() {
    for (const timer of this.#timers) clearInterval(timer);
    const errors = (await Promise.all(this.#wrong)).filter((error) => error !== undefined);
    if (errors.length > 0) throw errors[0];
    const last = this.begun.slice(-applications);
    for (const id of last) await this.installation.until(`/v1/releases/${id}`, isOver, 600_000);
    return this.begun;
  }
}

class Stored {
  #clients = new Map();

  static async open(installation) {
    const made = new Stored();
    for (const name of databases) {
      const client = await installation.database(name);
      // A failure of the measurement stops the server before this is closed.
      client.on('error', () => undefined);
      made.#clients.set(name, client);
    }
    return made;
  }

  async sum(sql) {
    let sum = 0;
    for (const client of this.#clients.values()) sum += Number((await client.query(sql)).rows[0].count);
    return sum;
  }

  /** Vacuum waits for a share of each table, so what grows with the history is told apart from what does not. */
  async deadTuples() {
    const dead = await this.sum('SELECT coalesce(sum(n_dead_tup), 0) AS count FROM pg_stat_user_tables');
    const live = await this.sum('SELECT coalesce(sum(n_live_tup), 0) AS count FROM pg_stat_user_tables');
    return { dead, percent: (100 * dead) / Math.max(1, dead + live) };
  }

  /** Asked of the database: one call for each would be more than one caller has. */
  async refuseOthers(status, ids) {
    const client = this.#clients.get('planning');
    const sql = 'SELECT id, status FROM release WHERE id = ANY($1) AND status <> $2 LIMIT 3';
    for (let tries = 0; ; tries += 1) {
      const { rows } = await client.query(sql, [ids, status]);
      if (rows.length === 0) return;
      if (tries > 600) throw new Error(rows.map((row) => `${row.id} ${row.status}`).join(', '));
      await pause(1_000);
    }
  }

  /** What waits to be sent, or is held back. */
  async left() {
    let sum = 0;
    for (const [name, client] of this.#clients) {
      if (name === 'log') continue;
      const sql = 'SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM parked_key) AS count';
      sum += Number((await client.query(sql)).rows[0].count);
    }
    return sum;
  }

  async close() {
    for (const client of this.#clients.values()) await client.end();
  }
}

/** Resident, of each of our own processes. */
function memoryOf(installation) {
  return Object.entries(usageBelow(installation.pid)).map(([name, { mb }]) => [`${name}, MB`, mb]);
}

/** What the platform's heap holds after its garbage was collected: the least that was seen since this was asked before. */
class LiveHeap {
  #least = Infinity;
  #timer;

  constructor(installation) {
    this.#timer = setInterval(() => void this.#look(installation).catch(() => undefined), lookEveryMs);
  }

  take() {
    const least = this.#least;
    this.#least = Infinity;
    return least / 2 ** 20;
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #look({ url }) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const used = Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1]);
    if (used > 0) this.#least = Math.min(this.#least, used);
  }
}

async function measure(installation) {
  const shops = Array.from({ length: applications }, (_, index) => new Shop(installation, `shop-${index}`));
  for (const shop of shops) await shop.register();
  await Promise.all(shops.map((shop) => shop.release('completed')));
  const most = await maximum(shops);
  console.log(
    `maximum ${most.toFixed(2)} releases/s in ${probeSeconds} s with ${applications} at once; a third of it from now on`,
  );
  const stored = await Stored.open(installation);
  const load = new Load(installation, shops, most * share);
  const heap = new LiveHeap(installation);
  const found = {};
  const note = (hour, name, value) => {
    if (Number.isFinite(value)) (found[name] ??= []).push([hour, value]);
  };
  for (let sample = 0; sample < samples; sample += 1) {
    await pause((minutes * 60_000) / samples);
    const hour = ((sample + 1) * minutes) / samples / 60;
    for (const [name, mb] of memoryOf(installation)) note(hour, name, mb);
    note(hour, 'live heap of platform, MB', heap.take());
    note(hour, 'p99 of reads, ms', load.takeP99());
    const { dead, percent } = await stored.deadTuples();
    note(hour, 'dead tuples', dead);
    note(hour, 'dead of all, %', percent);
    // Whatever happens before the end, what was seen stays.
    const seen = Object.entries(found).map(([name, points]) => `${name} ${points.at(-1)?.[1].toFixed(1)}`);
    console.log(`${hour.toFixed(3)} h: ${seen.join(', ')}; ${load.begun.length} releases begun`);
  }
  heap.stop();
  const begun = await load.end();
  await stored.refuseOthers('completed', begun);
  for (let tries = 0; (await stored.left()) > 0; tries += 1) {
    if (tries > 100) throw new Error('events wait to be sent, or are held back');
    await pause(100);
  }
  await stored.close();
  return { found, completed: begun.length };
}

function report({ found, completed }) {
  console.log(`${completed} releases begun and completed, nothing left to send, nothing held back`);
  for (const [name, all] of Object.entries(found)) {
    const points = all.slice(Math.floor(all.length * warmUp));
    const values = points.map(([, value]) => value);
    const { slope, low, high, isNoise } = trend(points);
    const said = isNoise
      ? 'not distinguishable from noise'
      : `a ${slope > 0 ? 'rise' : 'fall'} that noise does not explain`;
    const range = `${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}`;
    console.log(
      `${name.padEnd(25)} ${percentile(values, 0.5).toFixed(0)} (${range}), ${slope.toFixed(1)} an hour (95 %: ${low.toFixed(1)} to ${high.toFixed(1)}): ${said}`,
    );
  }
}

console.log(
  `${minutes} minutes, ${samples} samples of which the first tenth does not count; slopes by Theil and Sen; npm start with the embedded log and one runner; goal: no slope but noise`,
);
const installation = await Installation.start();
try {
  report(await measure(installation));
} finally {
  await installation.stop();
}

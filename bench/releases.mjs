/**
 * W1, no-op releases: a real planning service on a real PostgreSQL and executors that answer each of the six stages at
 * once, both in this process, on both brokers in turn; the same requests from somebody who decides nothing
 * (sequence.mjs), commits and records without anything of ours (chain.mjs), and the peers of peers.mjs, on the same
 * machine in the same run.
 * The applications stand in one repository. `npm run bench -- releases [repetitions] [seconds] [clients,…]`.
 */
import { join } from 'node:path';
import process from 'node:process';
import { EmbeddedBroker, KafkaBroker } from '@signalbox/messaging';
import { Chain } from './chain.mjs';
import { durability, idleTransactions, ServerCounters } from './counters.mjs';
import { NoOpExecutors } from './executors.mjs';
import { percentile, summary, verdict } from './figures.mjs';
import { withServers } from './servers.mjs';
import { installPeers, measurePeer, peerDatabases, preparePeers } from './peers.mjs';
import { Planning } from './planning.mjs';
import { commitMs, roundTripMs } from './round-trip.mjs';
import { Sequence } from './sequence.mjs';

const [repetitions, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 8)];
const counts = (process.argv[4] ?? '1,16,64').split(',').map(Number);
/** From the request of the first stage that has reached its executor to the end of the release. */
const hopsOfRelease = 12;
const aloneOn = (broker) => `${broker}, nobody decides`;
const bareOn = (broker) => `${broker}, bare clients`;
const inPostgres = ['dbos', 'graphile-worker', 'temporal'];

/** Somebody who asks for stages, and executors, on one broker. */
class Subject {
  #versions = 0;

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The planning service, with an application for each release that is under way at once. */
  static async start(name, { folder, postgres, variables, broker, floor }) {
    await floor.start();
    const executors = await NoOpExecutors.start(await database(postgres, `${name}_executors`), broker);
    const planning = await Planning.start(join(folder, name), await database(postgres, `${name}_planning`), variables);
    const names = Array.from({ length: Math.max(...counts) }, (_, lane) => `lane-${lane}`);
    await planning.register(names);
    return new Subject({
      executors,
      floor,
      counters: new ServerCounters(postgres.url('postgres')),
      release: (lane, version) => planning.release(`lane-${lane}`, version),
      stop: async () => {
        await planning.stop();
        await executors.stop();
        await floor.stop();
      },
    });
  }

  /** Nobody who decides: the requests that planning made of one release of `model`, again and again. */
  static async alone(name, { postgres, broker, model }) {
    await model.measure(1, 0, 0);
    const executors = await NoOpExecutors.start(await database(postgres, `${name}_executors_alone`), broker);
    const asked = await database(postgres, `${name}_sequence`);
    const sequence = await Sequence.start(asked, broker, model.executors.requests);
    return new Subject({
      executors,
      counters: model.counters,
      release: () => sequence.release(),
      stop: async () => {
        await sequence.stop();
        await executors.stop();
      },
    });
  }

  /** As many hops by the clients of PostgreSQL and Kafka alone. */
  static async bare({ postgres, kafka, model }) {
    const chain = await Chain.start(await database(postgres, 'chain'), kafka.brokers, hopsOfRelease);
    return new Subject({
      executors: chain,
      counters: model.counters,
      release: () => chain.release(),
      stop: () => chain.stop(),
    });
  }

  /**
   * Each client releases its application again and again for `seconds`, after one release each to warm up; `idle`
   * transactions a second are not theirs.
   */
  async measure(clients, forSeconds, idle) {
    await this.#loop(clients, 0);
    const before = await this.counters.read();
    const { latencies, hops, elapsed } = await this.#loop(clients, forSeconds);
    const after = await this.counters.read();
    const completed = latencies.length;
    return {
      perSecond: completed / elapsed,
      p50Ms: percentile(latencies, 0.5),
      p99Ms: percentile(latencies, 0.99),
      hopMs: percentile(hops, 0.5),
      transactions:
        (after.transactions - before.transactions - idle * (after.atSeconds - before.atSeconds)) / completed,
      walKb: (after.walBytes - before.walBytes) / completed / 1024,
    };
  }

  async #loop(clients, forSeconds) {
    const latencies = [];
    const hops = [];
    const began = performance.now();
    const client = async (_, index) => {
      do {
        const at = performance.now();
        const id = await this.release(index, `1.0.${(this.#versions += 1)}`);
        const { requestedAt, completedAt } = await this.executors.completed(id);
        latencies.push(performance.now() - at);
        hops.push((completedAt - requestedAt) / hopsOfRelease);
      } while (performance.now() < began + forSeconds * 1000);
    };
    await Promise.all(Array.from({ length: clients }, client));
    return { latencies, hops, elapsed: (performance.now() - began) / 1000 };
  }
}

async function database(postgres, name) {
  await postgres.createDatabase(name);
  return postgres.url(name);
}

async function subjects(folder, postgres, kafka) {
  const log = await database(postgres, 'log');
  const embedded = async (name) => new EmbeddedBroker({ databaseUrl: await database(postgres, `${name}_log`) });
  const found = {
    embedded: await Subject.start('embedded', {
      folder,
      postgres,
      variables: { LOG_DATABASE_URL: log },
      broker: new EmbeddedBroker({ databaseUrl: log }),
      floor: await embedded('floor'),
    }),
  };
  found[aloneOn('embedded')] = await Subject.alone('embedded', {
    postgres,
    broker: await embedded('alone'),
    model: found.embedded,
  });
  if (!kafka) return found;
  const prefixOf = (name) => `${name}${process.pid}.`;
  const onKafka = (name) => new KafkaBroker({ brokers: kafka.brokers, clientId: name, topicPrefix: prefixOf(name) });
  found.kafka = await Subject.start('kafka', {
    folder,
    postgres,
    variables: { KAFKA_BROKERS: kafka.brokers.join(','), TOPIC_PREFIX: prefixOf('bench') },
    broker: onKafka('bench'),
    floor: onKafka('floor'),
  });
  found[aloneOn('kafka')] = await Subject.alone('kafka', { postgres, broker: onKafka('alone'), model: found.kafka });
  found[bareOn('kafka')] = await Subject.bare({ postgres, kafka, model: found.kafka });
  return found;
}

/** Every figure of every repetition, by who it is of and the number of clients; interleaved, so that all see the same machine. */
async function measure(running, postgres) {
  const figures = new Map();
  const note = (who, clients, figure) => {
    const key = `${who}/${clients}`;
    figures.set(key, [...(figures.get(key) ?? []), figure]);
  };
  const idle = await idleTransactions(new ServerCounters(postgres.url('postgres')));
  console.log(`idle: ${idle.toFixed(0)} transactions/s of everything that runs, which are taken off`);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const clients of counts) {
      for (const [name, subject] of Object.entries(running))
        note(name, clients, await subject.measure(clients, seconds, idle));
      for (const name of peerNames)
        note(name, clients, await measurePeer(name, { postgres: postgres.url('postgres'), clients, seconds }));
    }
    for (const [name, subject] of Object.entries(running).filter(([, { floor }]) => floor)) {
      const commit = await commitMs(postgres.url('log'));
      const roundTrip = await roundTripMs(subject.floor);
      note(name, 'floor of a hop', { commit, roundTrip });
    }
  }
  return figures;
}

function report(figures, names) {
  const versions = peerNames.map((peer) => `${peer} ${figures.get(`${peer}/${counts[0]}`)[0].version ?? ''}`.trim());
  console.log(`peers: ${versions.join(', ')}`);
  const of = (who, clients, pick) => summary(figures.get(`${who}/${clients}`).map(pick), 1);
  for (const clients of counts) {
    console.log(`${clients} at once`);
    for (const who of [...names, ...peerNames]) {
      const text = (pick) => of(who, clients, pick).text;
      const more = names.includes(who)
        ? `, hop ${text(({ hopMs }) => hopMs)} ms, ${text(({ transactions }) => transactions)} transactions, ${text(({ walKb }) => walKb)} KB of WAL`
        : '';
      console.log(
        `  ${who.padEnd(24)} ${text(({ perSecond }) => perSecond)}/s, p50 ${text(({ p50Ms }) => p50Ms)} ms, p99 ${text(({ p99Ms }) => p99Ms)} ms${more}`,
      );
    }
  }
  const deciding = names.filter((name) => figures.has(`${name}/floor of a hop`));
  for (const name of deciding) goals(name, names, of, figures);
}

function goals(name, names, of, figures) {
  const rate = (who, clients) => of(who, clients, ({ perSecond }) => perSecond).median;
  const many = counts.includes(16) ? 16 : counts.at(-1);
  const best = Math.max(...peerNames.filter((peer) => inPostgres.includes(peer)).map((peer) => rate(peer, many)));
  const ratio = rate(name, many) / best;
  const why =
    'a release is 25 events over a broker and 9 decisions about gates, slots and deadlines; a step of a peer is one commit';
  console.log(
    `${name}: releases/s at ${many} over the best peer in PostgreSQL: ${ratio.toFixed(2)} (goal 3): ${verdict(ratio >= 3, why)}`,
  );
  const alone = rate(aloneOn(name), many);
  console.log(
    `${name}: of the same events without decisions and git ${(rate(name, many) / alone).toFixed(2)}, and those of the best peer in PostgreSQL ${(alone / best).toFixed(2)}`,
  );
  if (names.includes(bareOn(name))) {
    const bare = rate(bareOn(name), many);
    console.log(
      `${name}: of ${hopsOfRelease} bare hops ${(rate(name, many) / bare).toFixed(2)}, and those of the best peer in PostgreSQL ${(bare / best).toFixed(2)}`,
    );
  }
  const fastest = Math.max(...peerNames.filter((peer) => peer !== 'floor').map((peer) => rate(peer, many)));
  const ahead = rate(name, many) / fastest;
  console.log(
    `${name}: releases/s at ${many} over the fastest peer of all: ${ahead.toFixed(2)} (goal above 1): ${verdict(ahead > 1, why)}`,
  );
  const one = counts[0];
  const p50 = (who) => of(who, one, ({ p50Ms }) => p50Ms).median;
  const slower = p50(name) / Math.min(...peerNames.filter((peer) => peer !== 'floor').map(p50));
  console.log(
    `${name}: p50 at ${one} over the best peer's: ${slower.toFixed(1)} (goal at most 2): ${verdict(slower <= 2, 'thirteen hops over the broker, and git is asked what is new')}`,
  );
  const hop = of(name, one, ({ hopMs }) => hopMs).median;
  const floors = figures.get(`${name}/floor of a hop`);
  const floor = summary(
    floors.map(({ commit, roundTrip }) => commit + roundTrip),
    2,
  );
  const commit = summary(
    floors.map((each) => each.commit),
    2,
  );
  console.log(
    `${name}: a hop takes ${(hop / floor.median).toFixed(1)} times its floor of ${floor.text} ms, one commit (${commit.text} ms) and one record there and back (goal at most 2): ${verdict(hop <= 2 * floor.median, 'see bench/README.md')}`,
  );
}

console.log(`${repetitions} interleaved repetitions of ${seconds} s, medians with range; acks from all`);
const peerNames = await installPeers();
await withServers(
  async ({ folder, postgres, kafka }) => {
    for (const name of peerDatabases) await postgres.createDatabase(name);
    await preparePeers(postgres.url('postgres'));
    console.log(await durability(postgres.url('postgres')));
    const running = await subjects(folder, postgres, kafka);
    try {
      report(await measure(running, postgres), Object.keys(running));
    } finally {
      for (const subject of Object.values(running)) await subject.stop();
    }
  },
  { max_wal_size: '4GB' },
);

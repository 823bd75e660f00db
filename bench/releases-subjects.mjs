import { join } from 'node:path';
import process from 'node:process';
import { EmbeddedBroker, KafkaBroker } from '@signalbox/messaging';
import { ServerCounters } from './counters.mjs';
import { NoOpExecutors } from './executors.mjs';
import { percentile } from './figures.mjs';
import { Planning } from './planning.mjs';
import { Sequence } from './sequence.mjs';

/** From the request of the first stage that has reached its executor to the end of the release. */
const hopsOfRelease = 12;
const aloneOn = (broker) => `${broker}, nobody decides`;

/** Somebody who asks for stages, and executors, on one broker. */
class Subject {
  #versions = 0;

  constructor(parts) {
    Object.assign(this, parts);
  }

  /** The planning service, with an application for each release that is under way at once. */
  static async start(name, { folder, postgres, variables, broker, floor, lanes }) {
    await floor.start();
    const executors = await NoOpExecutors.start(await database(postgres, `${name}_executors`), broker);
    const planning = await Planning.start(join(folder, name), await database(postgres, `${name}_planning`), variables);
    const names = Array.from({ length: lanes }, (_, lane) => `lane-${lane}`);
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

  /**
   * Each client releases its application again and again for `seconds`, after one release each to warm up; `idle`
   * transactions a second are not theirs.
   */
  async measure(clients, forSeconds, idle) {
    await this.loop(clients, 0);
    const before = await this.counters.read();
    const { latencies, hops, elapsed } = await this.loop(clients, forSeconds);
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

  /** @returns { latencies, hops, elapsed } of at least one release of each client */
  async loop(clients, forSeconds) {
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

/**
 * Whoever is measured here, by name: planning on each broker, and who decides nothing (`aloneOn`).
 * @param kafka undefined where there is none
 * @param lanes how many releases may be under way at once, each of an application
 */
export async function subjects({ folder, postgres, kafka }, lanes) {
  const log = await database(postgres, 'log');
  const embedded = async (name) => new EmbeddedBroker({ databaseUrl: await database(postgres, `${name}_log`) });
  const found = {
    embedded: await Subject.start('embedded', {
      folder,
      postgres,
      variables: { LOG_DATABASE_URL: log },
      broker: new EmbeddedBroker({ databaseUrl: log }),
      floor: await embedded('floor'),
      lanes,
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
    lanes,
  });
  found[aloneOn('kafka')] = await Subject.alone('kafka', { postgres, broker: onKafka('alone'), model: found.kafka });
  return found;
}

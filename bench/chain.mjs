import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { Pool } from 'pg';

/** As long as what planning asks of a stage. */
const value = 'x'.repeat(1_000);

/**
 * The floor of a release whose hops cross a broker: so many times in a row a plain commit of one row, then a record sent and
 * read, by the clients of PostgreSQL and Kafka alone. Nobody keeps what is to be sent, knows what has come, or decides.
 */
export class Chain {
  #hops;
  #pool;
  #kafka;
  #topic = `chain-${randomUUID()}`;
  #producer;
  #consumer;
  #arrivals = new Map();
  #running = new Map();

  static async start(databaseUrl, brokers, hops) {
    const made = new Chain();
    made.#hops = hops;
    made.#pool = new Pool({ connectionString: databaseUrl, max: 16 });
    await made.#pool.query(
      'CREATE TABLE IF NOT EXISTS hop (id uuid, number int, value text, PRIMARY KEY (id, number))',
    );
    made.#kafka = new Kafka({ clientId: 'chain', brokers, logLevel: logLevel.NOTHING });
    await made.#connect();
    return made;
  }

  async #connect() {
    const admin = this.#kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: this.#topic, numPartitions: 16 }], waitForLeaders: true });
    await admin.disconnect();
    this.#producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    this.#consumer = this.#kafka.consumer({ groupId: this.#topic, maxWaitTimeInMs: 250 });
    await Promise.all([this.#producer.connect(), this.#consumer.connect()]);
    await this.#consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await this.#consumer.run({
      autoCommitInterval: 1_000,
      partitionsConsumedConcurrently: 4,
      eachBatch: async ({ batch }) => {
        for (const { key } of batch.messages) this.#arrivals.get(String(key))?.();
      },
    });
    // The group takes its time to be admitted.
    await this.#run(randomUUID());
  }

  async stop() {
    await this.#consumer.disconnect();
    await this.#producer.disconnect();
    await this.#pool.end();
  }

  /** @returns the id of a chain that has begun */
  async release() {
    const id = randomUUID();
    this.#running.set(id, this.#run(id));
    return id;
  }

  /** @returns { requestedAt, completedAt } by `performance.now()` */
  async completed(id) {
    const running = this.#running.get(id);
    this.#running.delete(id);
    return running;
  }

  async #run(id) {
    const requestedAt = performance.now();
    for (let number = 0; number < this.#hops; number += 1) {
      await this.#pool.query({ name: 'hop', text: 'INSERT INTO hop VALUES ($1, $2, $3)', values: [id, number, value] });
      const arrived = new Promise((resolve) => this.#arrivals.set(id, resolve));
      await Promise.all([
        this.#producer.send({ topic: this.#topic, acks: -1, messages: [{ key: id, value }] }),
        arrived,
      ]);
    }
    this.#arrivals.delete(id);
    return { requestedAt, completedAt: performance.now() };
  }
}

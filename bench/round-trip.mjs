import { randomUUID } from 'node:crypto';
import { topics } from '@signalbox/domain';
import { Client } from 'pg';
import { percentile } from './figures.mjs';

const rounds = 100;

/** One row written and committed, one at a time. @returns median in milliseconds */
export async function commitMs(databaseUrl) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, text text)');
    return await median(() =>
      client.query({
        name: 'floor',
        text: 'INSERT INTO floor VALUES ($1, $2)',
        values: [randomUUID(), 'x'.repeat(200)],
      }),
    );
  } finally {
    await client.end();
  }
}

/** One record sent, acknowledged and received, one at a time, over a broker that nobody else uses. @returns median in milliseconds */
export async function roundTripMs(broker) {
  let received = () => undefined;
  const group = `floor-${randomUUID()}`;
  const onBatch = async ({ records }) => records.forEach(({ key }) => received(key));
  const subscription = await broker.subscribe({ group, topics: [topics.feedback], onBatch });
  const once = async () => {
    const key = randomUUID();
    const arrived = new Promise((resolve) => (received = (seen) => seen === key && resolve()));
    await broker.sendBatch([{ topic: topics.feedback, key, headers: {}, value: 'x'.repeat(200) }]);
    await arrived;
  };
  try {
    // The group takes its time to be admitted.
    await once();
    return await median(once);
  } finally {
    await subscription.stop();
  }
}

async function median(work) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const at = performance.now();
    await work();
    times.push(performance.now() - at);
  }
  return percentile(times, 0.5);
}

/** One process of a stage: each event waits five milliseconds for something outside, then leaves a row behind. */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { releaseStarted } from '@signalbox/domain';
import { KafkaBroker, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';

const { DATABASE_URL: databaseUrl, BROKERS, TOPIC_PREFIX: topicPrefix, NAME: name } = process.env;
const handlerMs = 5;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const database = await Database.open({ url: databaseUrl, name, migrations: [] });
const messaging = new Messaging({
  service: 'deployer',
  source: '/signalbox/bench',
  broker: new KafkaBroker({ brokers: BROKERS.split(','), clientId: name, topicPrefix }),
  transactions: database.transactions,
  databaseUrl,
  logger: silent,
});
messaging.on(releaseStarted, async ({ aggId, aggVersion }, tx) => {
  await pause(handlerMs);
  tx.execute('INSERT INTO effect (key, version, process) VALUES ($1, $2, $3)', [aggId, aggVersion, name]);
});
await messaging.start();
process.once('SIGTERM', async () => {
  await messaging.stop();
  await database.close();
  process.exit(0);
});

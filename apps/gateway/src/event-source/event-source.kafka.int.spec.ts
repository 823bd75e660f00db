import { randomBytes } from 'node:crypto';
import { startKafka } from '@signalbox/testing';
import { bothWays } from '../../testing/contract/both-ways.js';

// Left out of the run, which says so, where the machine has no Kafka (jest.config.mjs).
bothWays('Kafka', async () => {
  const kafka = await startKafka();
  if (!kafka) throw new Error('there is no Kafka; KAFKA_BROKERS, Docker, or Java 17 with Maven');
  return { KAFKA_BROKERS: kafka.brokers.join(','), TOPIC_PREFIX: `t${randomBytes(4).toString('hex')}.` };
});

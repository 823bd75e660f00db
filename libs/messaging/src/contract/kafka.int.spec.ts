import { startKafka } from '@signalbox/testing';
import { contract } from './parts.js';
import { contractSuite } from './suite.js';

// Left out of the run, which says so, where the machine has no Kafka (jest.config.mjs).
contractSuite(
  'Kafka',
  async () => {
    const kafka = await startKafka();
    if (!kafka) throw new Error('there is no Kafka; KAFKA_BROKERS, Docker, or Java 17 with Maven');
    return { address: { kind: 'kafka', brokers: kafka.brokers }, stop: () => kafka.stop() };
  },
  contract,
);

import { describe, expect, it } from '@jest/globals';
import { kafkaAvailability, startKafka } from '@signalbox/testing';
import { contract } from './parts.js';
import { contractSuite } from './suite.js';

const missing = await kafkaAvailability();

if (missing === undefined) {
  contractSuite(
    'Kafka',
    async () => {
      const kafka = await startKafka();
      if (!kafka) throw new Error('Kafka was there a moment ago');
      return { address: { kind: 'kafka', brokers: kafka.brokers }, stop: () => kafka.stop() };
    },
    contract,
  );
} else {
  describe('messaging on Kafka', () => {
    it(`did not run: it needs ${missing}`, () => {
      expect(process.env['CI']).not.toBe('true');
    });
  });
}

import { describe, expect, it } from '@jest/globals';
import { readConfig, ConfigError } from '@signalbox/domain';
import { z } from 'zod';
import { serviceConfig, topicsStepConfig } from './config.js';

const refused = (schema: z.ZodObject, variables: Record<string, string>) => {
  expect(() => readConfig(schema, variables)).toThrow(ConfigError);
  try {
    return readConfig(schema, variables);
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
};

describe('the configuration', () => {
  it('says of each variable that is missing or empty that it is not set, whatever it would have to be', () => {
    expect(refused(serviceConfig, { CURSOR_KEY: '' })).toEqual([
      '  PORT: is not set',
      '  DATABASE_URL: is not set',
      '  IDENTITY_JWKS: is not set',
      '  CURSOR_KEY: is not set',
    ]);
    expect(refused(z.object({ LEVEL: z.enum(['low', 'high']) }), {})).toEqual(['  LEVEL: is not set']);
  });

  it('says of one that is set to something else what it may be', () => {
    expect(refused(z.object({ LEVEL: z.enum(['low', 'high']) }), { LEVEL: 'odd' })).toEqual([
      '  LEVEL: one of low, high',
    ]);
  });

  it.each(['bad prefix/', 'ümlaut', 'a:'])('takes %j for no prefix of topics', (TOPIC_PREFIX) => {
    expect(refused(topicsStepConfig, { TOPIC_PREFIX })).toEqual([
      '  TOPIC_PREFIX: letters, digits, ".", "_" and "-" only, as Kafka names topics',
    ]);
  });

  it.each([',', 'kafka', 'kafka:9092,', 'kafka:', ':9092', 'http://kafka:9092', 'kafka:0', 'kafka:70000'])(
    'takes %j for no brokers',
    (KAFKA_BROKERS) => {
      expect(refused(topicsStepConfig, { KAFKA_BROKERS })).toEqual(['  KAFKA_BROKERS: host:port, comma separated']);
    },
  );

  it('takes prefixes and brokers as Kafka has them', () => {
    const KAFKA_BROKERS = 'kafka-1.example.org:9092, 10.0.0.1:9093,[::1]:9094';
    expect(readConfig(topicsStepConfig, { KAFKA_BROKERS, TOPIC_PREFIX: 'sb1_a-B.' })).toMatchObject({
      KAFKA_BROKERS: ['kafka-1.example.org:9092', '10.0.0.1:9093', '[::1]:9094'],
      TOPIC_PREFIX: 'sb1_a-B.',
    });
  });
});

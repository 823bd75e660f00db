import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig, ConfigError } from '@signalbox/domain';
import { z } from 'zod';
import { kafkaOptions, kafkaVariables } from './kafka-config.js';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-kafka-config-'));
const empty = join(folder, 'empty');
writeFileSync(empty, '\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const options = (variables: Record<string, string>) => kafkaOptions(readConfig(z.object(kafkaVariables), variables));
const topicSettings = { partitions: 16, retentionMs: 7 * 24 * 3_600_000 };

describe('the variables of Kafka', () => {
  it('mean neither TLS nor a user, and topics for a week, where there are none', () => {
    expect(options({})).toEqual({ topicSettings });
  });

  it('bring an authority and a password from their files', () => {
    writeFileSync(join(folder, 'ca.pem'), 'the authority\n');
    writeFileSync(join(folder, 'password'), 'the password\n');
    const user = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_USERNAME: 'planning' };
    const files = { KAFKA_TLS_CA_FILE: join(folder, 'ca.pem'), KAFKA_PASSWORD_FILE: join(folder, 'password') };
    expect(options({ ...user, ...files })).toEqual({
      tls: { ca: 'the authority' },
      sasl: { mechanism: 'scram-sha-512', username: 'planning', password: 'the password' },
      topicSettings,
    });
  });

  it('say what topics are to be like', () => {
    const variables = { KAFKA_TOPIC_PARTITIONS: '24', KAFKA_REPLICATION_FACTOR: '3', KAFKA_MIN_INSYNC_REPLICAS: '2' };
    expect(options({ ...variables, KAFKA_RETENTION_HOURS: '1' })).toEqual({
      topicSettings: { partitions: 24, replicationFactor: 3, minInSyncReplicas: 2, retentionMs: 3_600_000 },
    });
  });

  it.each([
    [{ KAFKA_USERNAME: 'planning' }, /KAFKA_SASL_MECHANISM, KAFKA_PASSWORD: needed with KAFKA_USERNAME/],
    [{ KAFKA_TLS_CERT: 'c' }, /KAFKA_TLS_KEY: needed with KAFKA_TLS_CERT/],
    [{ KAFKA_SASL_MECHANISM: 'plain' }, /KAFKA_SASL_MECHANISM: one of scram-sha-256, scram-sha-512/],
    [{ KAFKA_PASSWORD_FILE: join(folder, 'none') }, /KAFKA_PASSWORD_FILE: ENOENT: no such file/],
    [{ KAFKA_TLS_CA_FILE: empty }, /KAFKA_TLS_CA_FILE: the file \S+\/empty is empty$/],
    [{ KAFKA_TLS_CERT_FILE: empty, KAFKA_TLS_KEY_FILE: empty }, /CERT_FILE: .* is empty\n.*KEY_FILE: .* is empty$/],
    [{ KAFKA_RETENTION_HOURS: '400' }, /KAFKA_RETENTION_HOURS: .*300/],
    [
      { KAFKA_REPLICATION_FACTOR: '1', KAFKA_MIN_INSYNC_REPLICAS: '2' },
      /KAFKA_MIN_INSYNC_REPLICAS: 2 of KAFKA_REPLICATION_FACTOR 1 can never be in sync/,
    ],
  ])('%j are refused with what is wrong', (variables, message) => {
    expect(() => options(variables)).toThrow(ConfigError);
    expect(() => options(variables)).toThrow(message);
  });
});

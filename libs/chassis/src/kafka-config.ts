import { ConfigError } from '@signalbox/domain';
import { kafkaPartitions } from '@signalbox/messaging';
import type { KafkaBrokerOptions } from '@signalbox/messaging';
import { z } from 'zod';
import { flag } from './flag.js';

function isAddress(text: string): boolean {
  const [, port] = /^(?:\[[\da-f:]+\]|[^\s:/[\]]+):(\d+)$/i.exec(text) ?? [];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** `kafka-1:9092,kafka-2:9092` */
export const brokerAddresses = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine((addresses) => addresses.every(isAddress), 'host:port, comma separated');

/** Else the broker refuses the topics, one by one and in its own words. */
export const topicPrefix = z
  .string()
  .regex(/^[\w.-]*$/, 'letters, digits, ".", "_" and "-" only, as Kafka names topics');

const count = z.coerce.number().int().min(1);

/** How a service reaches Kafka and what its topics are; each may come from a file, as `KAFKA_PASSWORD_FILE`. */
export const kafkaVariables = {
  /** TLS with the authorities that Node trusts; a KAFKA_TLS_CA or KAFKA_TLS_CERT means TLS too. */
  KAFKA_TLS: flag(false),
  /** The authorities (PEM) that sign the brokers' certificates, instead of those that Node trusts. */
  KAFKA_TLS_CA: z.string().optional(),
  /** The client's certificate and key (PEM), where the brokers ask for one. */
  KAFKA_TLS_CERT: z.string().optional(),
  KAFKA_TLS_KEY: z.string().optional(),
  KAFKA_SASL_MECHANISM: z.enum(['scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().optional(),
  /** Of every topic but the compacted one; for life. */
  KAFKA_TOPIC_PARTITIONS: count.max(1_000).default(kafkaPartitions),
  /** Of new topics; the cluster's default where they are left out. */
  KAFKA_REPLICATION_FACTOR: count.max(9).optional(),
  KAFKA_MIN_INSYNC_REPLICAS: count.max(9).optional(),
  /** With a segment's day shorter than the fourteen days for which an inbox knows what it has had. */
  KAFKA_RETENTION_HOURS: count.max(300).default(168),
};

type KafkaConfig = z.output<z.ZodObject<typeof kafkaVariables>>;

/** What the Kafka adapter is given of it. Throws ConfigError where variables do not fit each other. */
export function kafkaOptions(config: KafkaConfig): Pick<KafkaBrokerOptions, 'tls' | 'sasl' | 'topicSettings'> {
  const faults = faultsOf(config);
  if (faults.length > 0) throw new ConfigError(`configuration is not usable:\n${faults.join('\n')}`);
  const { KAFKA_TLS_CA: ca, KAFKA_TLS_CERT: cert, KAFKA_TLS_KEY: key } = config;
  const { KAFKA_REPLICATION_FACTOR: replicationFactor, KAFKA_MIN_INSYNC_REPLICAS: minInSyncReplicas } = config;
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = config;
  const hasTls = config.KAFKA_TLS || ca !== undefined || cert !== undefined;
  return {
    ...(hasTls && { tls: { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert, key }) } }),
    ...(mechanism !== undefined &&
      username !== undefined &&
      password !== undefined && { sasl: { mechanism, username, password } }),
    topicSettings: {
      partitions: config.KAFKA_TOPIC_PARTITIONS,
      retentionMs: config.KAFKA_RETENTION_HOURS * 3_600_000,
      ...(replicationFactor !== undefined && { replicationFactor }),
      ...(minInSyncReplicas !== undefined && { minInSyncReplicas }),
    },
  };
}

function faultsOf(config: KafkaConfig): string[] {
  const { KAFKA_REPLICATION_FACTOR: replicas, KAFKA_MIN_INSYNC_REPLICAS: inSync } = config;
  const togetherOnly = [
    ['KAFKA_TLS_CERT', 'KAFKA_TLS_KEY'],
    ['KAFKA_SASL_MECHANISM', 'KAFKA_USERNAME', 'KAFKA_PASSWORD'],
  ] as const;
  const faults = togetherOnly.flatMap((names) => {
    const absent = names.filter((name) => config[name] === undefined);
    const given = names.filter((name) => config[name] !== undefined);
    return given.length > 0 && absent.length > 0 ? [`  ${absent.join(', ')}: needed with ${given.join(', ')}`] : [];
  });
  if (inSync !== undefined && replicas !== undefined && inSync > replicas)
    faults.push(`  KAFKA_MIN_INSYNC_REPLICAS: ${inSync} of KAFKA_REPLICATION_FACTOR ${replicas} can never be in sync`);
  return faults;
}

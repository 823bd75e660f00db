import { missingForJvmKafka } from '@signalbox/messaging';
import { hasDocker } from './docker.js';
import { keptServer } from './kept-server.js';

export interface TestKafka {
  readonly brokers: string[];
  stop(): Promise<void>;
}

/** What this machine lacks for a cluster, whose supervisor knows no Docker, in words; undefined if nothing. */
export async function clusterAvailability(): Promise<string | undefined> {
  return process.env['KAFKA_BROKERS'] === undefined ? missingForJvmKafka() : undefined;
}

/** KAFKA_BROKERS, else a container, else a broker of jars from Maven; undefined where there is none of these. */
export async function startKafka(): Promise<TestKafka | undefined> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined) return { brokers: given.split(','), stop: () => Promise.resolve() };
  if (await hasDocker()) return inContainer();
  if ((await missingForJvmKafka()) !== undefined) return undefined;
  return { brokers: (await keptServer('kafka')).split(','), stop: () => Promise.resolve() };
}

async function inContainer(): Promise<TestKafka> {
  const { GenericContainer } = await import('testcontainers');
  const { default: getPort } = await import('get-port');
  const port = await getPort();
  const container = await new GenericContainer('apache/kafka:4.3.1')
    .withExposedPorts({ container: 9092, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://localhost:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .start();
  return { brokers: [`localhost:${port}`], stop: async () => void (await container.stop()) };
}

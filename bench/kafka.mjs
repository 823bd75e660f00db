import { join } from 'node:path';
import process from 'node:process';
import { fetchKafkaJars, JvmKafka, missingForJvmKafka } from '@signalbox/messaging/jvm-kafka';

const kafkaFolder = join(import.meta.dirname, '..', 'deploy', 'kafka');

/** KAFKA_BROKERS, else a broker of our own; undefined, and said, where there is neither. */
export async function startKafka(folder) {
  const given = process.env.KAFKA_BROKERS;
  if (given) return { brokers: given.split(','), stop: async () => undefined };
  const missing = await missingForJvmKafka();
  if (!missing) return JvmKafka.start({ libDir: await fetchKafkaJars(kafkaFolder), dataDir: join(folder, 'kafka') });
  console.log(`Kafka: not measured, it needs KAFKA_BROKERS or ${missing}`);
  return undefined;
}

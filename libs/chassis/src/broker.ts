import { ConfigError, topicsOf } from '@signalbox/domain';
import { EmbeddedBroker, KafkaBroker } from '@signalbox/messaging';
import type { Broker } from '@signalbox/messaging';
import type { ServiceConfig } from './config.js';
import { kafkaOptions } from './kafka-config.js';
import type { Logger } from './logger.js';

/** The broker that the configuration names. */
export function createBroker(name: string, config: ServiceConfig, logger: Logger): Broker {
  const { EVENT_SOURCES: sources, TOPIC_PREFIX: topicPrefix } = config;
  if (config.KAFKA_BROKERS) {
    const { publishes, reads } = topicsOf(name, sources);
    return new KafkaBroker({
      brokers: config.KAFKA_BROKERS,
      clientId: `signalbox-${name}`,
      topicPrefix,
      sources,
      topics: [...new Set([...publishes, ...reads])],
      createTopics: config.MIGRATE_AT_START,
      logger,
      ...kafkaOptions(config),
    });
  }
  if (config.LOG_DATABASE_URL) {
    return new EmbeddedBroker({ databaseUrl: config.LOG_DATABASE_URL, topicPrefix, sources });
  }
  throw new ConfigError('configuration is not usable:\n  set KAFKA_BROKERS or LOG_DATABASE_URL');
}

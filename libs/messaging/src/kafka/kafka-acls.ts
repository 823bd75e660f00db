import { inboundTopic, topicCatalogueWith, topicsOf } from '@signalbox/domain';
import type { EventSource } from '@signalbox/domain';

/** One right that Kafka has to grant to a user. */
export interface KafkaRight {
  readonly resource: 'topic' | 'group';
  readonly name: string;
  readonly operation: 'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs' | 'AlterConfigs';
}

/** The least a service needs: Read and Write include Describe, and Write is all that an idempotent producer takes. */
export function rightsOf(service: string, prefix = '', sources: readonly EventSource[] = []): KafkaRight[] {
  const { publishes, reads } = topicsOf(service, sources);
  return [
    ...publishes.map((topic): KafkaRight => ({ resource: 'topic', name: prefix + topic, operation: 'Write' })),
    ...reads.map((topic): KafkaRight => ({ resource: 'topic', name: prefix + topic, operation: 'Read' })),
    { resource: 'group', name: `${prefix}signalbox-${service}`, operation: 'Read' },
  ];
}

/** What the migration step needs of every topic. */
export function rightsOfMigration(prefix = '', sources: readonly EventSource[] = []): KafkaRight[] {
  const operations = ['Create', 'Describe', 'DescribeConfigs', 'AlterConfigs'] as const;
  return topicCatalogueWith(sources).flatMap(({ name }) =>
    operations.map((operation): KafkaRight => ({ resource: 'topic', name: prefix + name, operation })),
  );
}

/** All that a tool outside needs to send events itself. */
export function rightsOfSource(source: Pick<EventSource, 'name'>, prefix = ''): KafkaRight[] {
  return [{ resource: 'topic', name: prefix + inboundTopic(source), operation: 'Write' }];
}

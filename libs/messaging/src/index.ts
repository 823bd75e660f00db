export { currentEvent, currentTraceparent, withTraceparent } from './ambient.js';
export { EmbeddedBroker } from './embedded/embedded-broker.js';
export type { EmbeddedBrokerOptions } from './embedded/embedded-broker.js';
export { identityOf, jsonOf, structuredEnvelope } from './envelope.js';
export type { Envelope } from './envelope.js';
export type { InboundReport } from './handlers.js';
export { mostPayloadBytes, readInbound, refusalOf } from './inbound.js';
export type { Inbound, Refusal, RefusalCode } from './inbound.js';
export { rightsOf, rightsOfMigration, rightsOfSource } from './kafka/kafka-acls.js';
export type { KafkaRight } from './kafka/kafka-acls.js';
export { KafkaBroker } from './kafka/kafka-broker.js';
export type { KafkaBrokerOptions } from './kafka/kafka-broker.js';
export { KafkaTrouble } from './kafka/kafka-trouble.js';
export { kafkaPartitions } from './kafka/kafka-topics.js';
export type { TopicSettings } from './kafka/kafka-topics.js';
export { JvmKafka } from './kafka/jvm-broker.js';
export type { JvmKafkaOptions } from './kafka/jvm-broker.js';
export { fetchKafkaJars, missingForJvmKafka } from './kafka/kafka-jars.js';
export { Messaging } from './messaging.js';
export type { MessagingOptions, MessagingStatus } from './messaging.js';
export { messagingMigrations } from './migrations.js';
export type { Migration } from './migrations.js';
export { appendInbound, appendOutbox } from './outbox.js';
export type { InboundEntry, OutboxEntry } from './outbox.js';
export type {
  ParkedAction,
  ParkedEvent,
  ParkedEvents,
  ParkedKey,
  ParkedPage,
  ParkedSelection,
  SkipSelection,
} from './parked-events.js';
export { forgetSome } from './retention.js';
export type { Kept } from './retention.js';
export { goOnFrom, isTraceparent, traceOf } from './tracing.js';
export type { Attributes, Span, SpanStart, Tracer } from './tracing.js';
export { isTrouble, sqlState } from './trouble.js';
export type {
  Batch,
  BatchHandler,
  Broker,
  BrokerHealth,
  Committed,
  CrashAt,
  CrashPoint,
  IncomingRecord,
  Logger,
  OutgoingRecord,
  PartitionProgress,
  SubscribeOptions,
  Subscription,
  Transactions,
  Tx,
} from './ports.js';
export { within } from './within.js';

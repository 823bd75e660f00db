/** A broker of one's own, for processes that speak no Kafka themselves. */
export { fetchKafkaJars, missingForJvmKafka } from './kafka/kafka-jars.js';
export { JvmKafka } from './kafka/jvm-broker.js';

export { withDiskRoom } from './disk-room.js';
export { eventually } from './eventually.js';
export { given } from './given.js';
export { seededRandom } from './random.js';
export { startPostgres } from './postgres.js';
export type { TestPostgres } from './postgres.js';
export { kafkaAvailability, startKafka } from './kafka.js';
export type { TestKafka } from './kafka.js';
export { person, ServiceUnderTest } from './service-under-test.js';

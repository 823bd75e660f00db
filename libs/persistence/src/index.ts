export { Database, inTransaction } from './database.js';
export type { DatabaseOptions } from './database.js';
export { Store, aggregateTable } from './store.js';
export type { AggregateMapping, SelectOptions, Versioned } from './store.js';
export { EmbeddedPostgresServer } from './postgres-server.js';
export type { PostgresServerOptions } from './postgres-server.js';

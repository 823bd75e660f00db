export { Database, inTransaction } from './database.js';
export type { DatabaseOptions, PoolUse } from './database.js';
export { Store, aggregateTable, pokeAndTell, traceColumn, vacuumedOften } from './store.js';
export type { AggregateMapping, Change, Commit, OnCommit, SelectOptions, Versioned } from './store.js';
export { EmbeddedPostgresServer } from './postgres-server.js';
export type { PostgresServerOptions } from './postgres-server.js';

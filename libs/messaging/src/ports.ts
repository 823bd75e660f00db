/** One open transaction of the service's database. Statements run in the order in which they are given. */
export interface Tx {
  query<R extends object = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<R[]>;
  /** A statement whose answer nobody waits for. If it fails, the next query or the commit rejects with its error. */
  execute(sql: string, params?: readonly unknown[]): void;
  /** Undoes what `work` wrote, and nothing else, if it or one of its statements fails; then rejects with that error. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}

export interface Transactions {
  /** Joins the ambient transaction, else begins one and commits it when `work` resolves. */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** What a local commit has left to do. */
export interface Committed {
  /** Until the wake-up it has set is due; undefined: it has set none. */
  readonly wakeUpInMs?: number | undefined;
}

export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string | Buffer | null;
}

export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

/** Consecutive records of one partition, at most 100. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly IncomingRecord[];
}

/** Resolves when the batch is dealt with for good; rejects to get it again after a pause. */
export type BatchHandler = (batch: Batch) => Promise<void>;

/** Where a group stands in one partition: it has dealt with everything below `position`, the log ends before `end`. */
export interface PartitionProgress {
  readonly topic: string;
  readonly partition: number;
  readonly position: number;
  readonly end: number;
}

export interface Subscription {
  /** Progress of the whole group, not only of this member. */
  progress(): Promise<PartitionProgress[]>;
  /** Finishes the batches in hand, stores their offsets and leaves the group. */
  stop(): Promise<void>;
}

export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly onBatch: BatchHandler;
}

export interface BrokerHealth {
  readonly healthy: boolean;
  /** What is wrong, in words. */
  readonly detail?: string;
}

/**
 * A partitioned log. Topic and group names are the catalogue's; the adapter adds and removes the installation's
 * prefix. Within a partition order is kept; delivery is at least once.
 */
export interface Broker {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Creates what is missing of the fixed catalogue. */
  createTopics(): Promise<void>;
  /** Resolves when every record is acknowledged. The caller keeps exactly one call in flight. */
  sendBatch(records: readonly OutgoingRecord[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  health(): Promise<BrokerHealth>;
}

/** The part of pino this library uses. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Places where a fault test may end the process. */
export type CrashPoint =
  'after-effect' | 'before-commit' | 'after-commit' | 'before-send' | 'after-send' | 'before-delete';
export type CrashAt = (point: CrashPoint) => void;

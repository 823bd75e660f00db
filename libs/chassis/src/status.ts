import { randomUUID } from 'node:crypto';
import { clockAheadMs } from '@signalbox/domain';
import type { BuildVersion, Dependency, EventsStatus, ProcessSeen, ServiceStatus } from '@signalbox/domain';
import type { Broker, Messaging } from '@signalbox/messaging';
import type { Database } from '@signalbox/persistence';
import type { ServiceConfig } from './config.js';
import { inTime } from './in-time.js';
import type { Logger } from './logger.js';

/** The processes of this service, each of which says every few seconds that it is there. */
export const processMigration = {
  name: '20261126000001-service-process',
  up: [
    `CREATE TABLE service_process (
       id uuid PRIMARY KEY, url text NOT NULL, pid int NOT NULL, version text NOT NULL, commit text NOT NULL,
       started_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now())`,
  ],
};

export interface StatusSources {
  readonly service: string;
  readonly config: ServiceConfig;
  readonly database: Database;
  readonly broker: Broker;
  readonly messaging: Messaging;
  readonly logger: Logger;
}

type Part = Pick<ServiceStatus, 'runners' | 'hosts'>;

const sayEveryMs = 5_000;
const seenWithin = "interval '15 s'";
const lostWithin = "interval '5 min'";
const withinMs = 2_000;

/** How this service stands. Nothing it asks keeps it for more than two seconds: what does not answer is said so. */
export class StatusReport {
  private readonly id = randomUUID();
  private readonly parts: (() => Promise<Part>)[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sources: StatusSources) {}

  /** More that a service knows: left out while it does not answer. */
  add(part: () => Promise<Part>): void {
    this.parts.push(part);
  }

  /** @param url where this very process listens */
  start(url: string): void {
    const say = (): void =>
      void this.say(url).catch((error: unknown) =>
        this.sources.logger.debug({ err: error }, 'this process cannot say now that it is there'),
      );
    say();
    this.timer = setInterval(say, sayEveryMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sources.database
      .query('DELETE FROM service_process WHERE id = $1', [this.id])
      .catch(() => 'it is forgotten in seconds');
  }

  async read(): Promise<ServiceStatus> {
    const { service, config, messaging } = this.sources;
    const [database, broker, events, members, ...parts] = await Promise.all([
      this.database(),
      this.broker(),
      inTime(withinMs, () => this.events()).catch(() => undefined),
      inTime(withinMs, () => this.members()).catch(() => undefined),
      ...this.parts.map((part) => inTime(withinMs, part).catch((): Part => ({}))),
    ]);
    return {
      service,
      version: config.BUILD_VERSION,
      commit: config.BUILD_COMMIT,
      now: new Date().toISOString(),
      database,
      broker: { kind: config.KAFKA_BROKERS ? 'kafka' : 'embedded', ...broker },
      caughtUp: messaging.isCaughtUp(),
      ...(events && { events }),
      ...members,
      ...Object.assign({}, ...parts),
    };
  }

  private async say(url: string): Promise<void> {
    const { database, config } = this.sources;
    await database.query(
      `INSERT INTO service_process (id, url, pid, version, commit) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO UPDATE SET seen_at = now()`,
      [this.id, url, process.pid, config.BUILD_VERSION, config.BUILD_COMMIT],
    );
    await database.query(`DELETE FROM service_process WHERE seen_at < now() - interval '1 h'`);
  }

  private async members(): Promise<Required<Pick<ServiceStatus, 'processes' | 'lost'>>> {
    const rows = await this.sources.database.query<BuildVersion & Member>(
      // Where another one listens by now it was started again. This one is here, whatever its last word was.
      `SELECT DISTINCT ON (url) url, pid, version, commit, started_at, seen_at,
         seen_at > now() - ${seenWithin} OR id = $1 AS is_here, max(seen_at) OVER () > now() - ${seenWithin} AS is_heard
       FROM service_process WHERE seen_at > now() - ${lostWithin} ORDER BY url, seen_at DESC`,
      [this.id],
    );
    const here = rows.filter(({ is_here: isHere }) => isHere);
    // A database that was away has heard nobody for a while.
    const gone = rows.filter(({ is_here: isHere, is_heard: isHeard }) => isHeard && !isHere);
    return {
      processes: here.map(seen),
      lost: gone.map((row) => ({ ...seen(row), lastSeenAt: row.seen_at.toISOString() })),
    };
  }

  private database(): Promise<ServiceStatus['database']> {
    const { database } = this.sources;
    const asked = async (): Promise<ServiceStatus['database']> => {
      const before = Date.now();
      const [row] = await database.query<{ now: Date; version: string }>(
        `SELECT clock_timestamp() AS now, current_setting('server_version') AS version`,
      );
      const after = Date.now();
      const { missing, unknown } = await database.migrationGap();
      return {
        ok: true,
        ...(row && { version: row.version, clockAheadMs: clockAheadMs(row.now.getTime(), before, after) }),
        missingMigrations: missing.length,
        unknownMigrations: unknown.length,
      };
    };
    return inTime(withinMs, asked).catch(notOk);
  }

  private broker(): Promise<Dependency> {
    const asked = async (): Promise<Dependency> => {
      const { healthy, detail } = await this.sources.broker.health();
      return { ok: healthy, ...(detail !== undefined && { detail }) };
    };
    return inTime(withinMs, asked).catch(notOk);
  }

  private async events(): Promise<EventsStatus> {
    const { outboxRows, outboxOldestAgeMs, parkedKeys, retryingKeys, overdueMs, lag } =
      await this.sources.messaging.status();
    return { outboxRows, outboxOldestAgeMs, parkedKeys, retryingKeys, overdueMs, ...(lag !== undefined && { lag }) };
  }
}

interface Member {
  url: string;
  pid: number;
  started_at: Date;
  seen_at: Date;
  is_here: boolean;
  /** Of anybody anything, lately. */
  is_heard: boolean;
}

function seen({ url, pid, version, commit, started_at: startedAt }: BuildVersion & Member): ProcessSeen {
  return { url, pid, version, commit, startedAt: startedAt.toISOString() };
}

function notOk(error: unknown): Dependency {
  return { ok: false, detail: error instanceof Error ? error.message || error.name : String(error) };
}

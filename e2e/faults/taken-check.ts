import { topics } from '@signalbox/domain';
import { eventually } from '@signalbox/testing';
import type { AuditedDatabase, Taken } from './audit.js';
import { tell } from './findings.js';
import type { Findings } from './findings.js';
import { readBy } from './log-reader.js';
import type { LoggedEvent } from './log-reader.js';
import type { World } from './world.js';

function aggregateOf({ source, aggId }: LoggedEvent): string {
  return `${source} ${aggId}`;
}

/** What one service has taken of what it reads. */
class Reader {
  private readonly missing = new Map<string, LoggedEvent>();
  /** It takes these; of the other types on its topics it wants nothing. */
  private readonly types = new Set<string>();
  private readonly latest = new Map<string, { version: number; batch: string }>();
  readonly wrong: string[] = [];
  count = 0;

  constructor(readonly database: AuditedDatabase) {}

  logged(events: readonly LoggedEvent[]): void {
    const read = readBy(this.database.service);
    for (const event of events.filter(({ topic }) => read.includes(topic))) this.missing.set(event.id, event);
  }

  take(rows: readonly Taken[], known: ReadonlyMap<string, LoggedEvent>): void {
    for (const { id, batch } of rows) {
      const event = known.get(id);
      if (event === undefined) continue;
      this.count += 1;
      this.missing.delete(id);
      this.types.add(event.type);
      this.follow(event, batch);
    }
  }

  /** Of the types that it takes. A compacted topic keeps the last word of each aggregate for certain, no other. */
  notTaken(): LoggedEvent[] {
    const isOutdated = (event: LoggedEvent) =>
      event.topic === topics.reference && (this.latest.get(aggregateOf(event))?.version ?? 0) > event.aggVersion;
    return [...this.missing.values()].filter((event) => this.types.has(event.type) && !isOutdated(event));
  }

  forget(events: readonly LoggedEvent[]): void {
    for (const { id } of events) this.missing.delete(id);
  }

  /** A batch notes its events in no order. */
  private follow(event: LoggedEvent, batch: string): void {
    const [aggregate, version] = [aggregateOf(event), event.aggVersion];
    const before = this.latest.get(aggregate);
    if (before !== undefined && before.batch !== batch && before.version > version)
      this.wrong.push(`${this.database.service} took version ${version} of ${aggregate} after ${before.version}`);
    this.latest.set(aggregate, { version: Math.max(version, before?.version ?? 0), batch });
  }
}

/** Each service takes every event of the types that it reads, each once, and those of an aggregate in their order. */
export class TakenCheck {
  private readonly known = new Map<string, LoggedEvent>();
  private readers: Reader[] | undefined;
  private seen = 0;

  constructor(private readonly world: World) {}

  /** Of what has come since the last check. */
  async check(found: Findings, catchUpMs: number): Promise<void> {
    const { log, databases } = this.world;
    this.readers ??= databases.map((database) => new Reader(database));
    const news = log.events.slice(this.seen);
    this.seen = log.events.length;
    for (const event of news) this.known.set(event.id, event);
    for (const reader of this.readers) {
      reader.logged(news);
      await this.checkOne(reader, found, catchUpMs);
    }
  }

  private async checkOne(reader: Reader, found: Findings, catchUpMs: number): Promise<void> {
    const { database } = reader;
    const before = reader.count;
    const readOn = async () => {
      const { all, again } = await database.taken();
      // A beat may have been taken that was sent since the log was read.
      if (all.some(({ id }) => !this.known.has(id))) await this.learn();
      reader.take(all, this.known);
      tell(
        found.I2,
        all.length,
        again.map((id) => `${database.service} has taken event ${id} twice`),
      );
      return reader.notTaken().length === 0;
    };
    await eventually(readOn, { withinMs: catchUpMs, everyMs: 200, what: 'all to be taken' }).catch(() => undefined);
    const missing = reader.notTaken();
    tell(found.I3, reader.count - before, [
      ...missing.map(({ id, type }) => `${database.service} has not taken ${type} ${id}`),
      ...reader.wrong.splice(0),
    ]);
    reader.forget(missing);
  }

  /** Of events from outside nothing is known. */
  private async learn(): Promise<void> {
    const { log } = this.world;
    await log.readOn();
    for (const event of log.events.slice(this.seen)) this.known.set(event.id, event);
  }
}

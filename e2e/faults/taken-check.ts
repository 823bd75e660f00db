import { topics } from '@signalbox/domain';
import type { AuditedDatabase, Taken } from './audit.js';
import { tell, waitFor } from './findings.js';
import type { Findings } from './findings.js';
import { readBy } from './log-reader.js';
import type { LoggedEvent } from './log-reader.js';
import type { World } from './world.js';

function aggregateOf({ source, aggId }: LoggedEvent): string {
  return `${source} ${aggId}`;
}

/** What one service has taken of what it reads. */
export class Reader {
  private readonly missing = new Map<string, LoggedEvent>();
  /** Taken before the log was read so far. */
  private readonly early = new Set<string>();
  /** Taken, and not yet looked at. */
  private pending: Taken[] = [];
  /** It takes these; of the other types on its topics it wants nothing. */
  private readonly types = new Set<string>();
  private readonly latest = new Map<string, { version: number; batch: string }>();
  readonly wrong: string[] = [];
  count = 0;

  constructor(readonly database: AuditedDatabase) {}

  logged(events: readonly LoggedEvent[]): void {
    const read = readBy(this.database.service);
    for (const event of events.filter(({ topic }) => read.includes(topic)))
      if (!this.early.delete(event.id)) this.missing.set(event.id, event);
  }

  /** @returns whether all of it is in the log, as far as that is read */
  hold(rows: readonly Taken[], logged: ReadonlySet<string>): boolean {
    for (const row of rows) this.pending.push(row);
    return this.pending.every(({ id }) => logged.has(id));
  }

  /** What was held, but for events from outside, of which nothing is known. */
  take(known: ReadonlyMap<string, LoggedEvent>): void {
    for (const { id, batch } of this.pending.splice(0)) {
      const event = known.get(id);
      if (event === undefined) continue;
      this.count += 1;
      if (!this.missing.delete(id)) this.early.add(id);
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
  private learned = 0;
  private demanded = 0;

  constructor(private readonly world: World) {}

  /** Of what has come since the last check. */
  async check(found: Findings, catchUpMs: number): Promise<void> {
    const { log, databases } = this.world;
    this.readers ??= databases.map((database) => new Reader(database));
    this.learn();
    const news = log.events.slice(this.demanded);
    this.demanded = log.events.length;
    for (const reader of this.readers) {
      reader.logged(news);
      await this.checkOne(reader, found, catchUpMs);
    }
  }

  private async checkOne(reader: Reader, found: Findings, catchUpMs: number): Promise<void> {
    const { log } = this.world;
    const { database } = reader;
    const before = reader.count;
    const readOn = async () => {
      const { all, again } = await database.taken();
      tell(
        found.I2,
        all.length,
        again.map((id) => `${database.service} has taken event ${id} twice`),
      );
      // What was sent since the log was read may have been taken.
      if (!reader.hold(all, log.ids)) await log.readOn();
      this.learn();
      reader.take(this.known);
      return reader.notTaken().length === 0;
    };
    const complaints = await waitFor(readOn, { withinMs: catchUpMs, what: `${database.service} to take all` });
    const missing = reader.notTaken();
    tell(found.I3, reader.count - before, [
      ...complaints,
      ...missing.map(({ id, type }) => `${database.service} has not taken ${type} ${id}`),
      ...reader.wrong.splice(0),
    ]);
    reader.forget(missing);
  }

  private learn(): void {
    const { events } = this.world.log;
    for (const event of events.slice(this.learned)) this.known.set(event.id, event);
    this.learned = events.length;
  }
}

import { planningAlive, releaseCancelled, releaseCompleted, releaseFailed, releaseRolledBack } from '@signalbox/domain';
import { copiesAreAsTold, plain } from './copies-check.js';
import { unknownThen } from './earlier-build.js';
import { tell, waitFor } from './findings.js';
import type { Finding, Findings } from './findings.js';
import type { Entry, Ledger } from './ledger.js';
import { said } from './log-reader.js';
import type { LoggedEvent, Said } from './log-reader.js';
import { MemoryWatch } from './memory-watch.js';
import type { PublishedCheck } from './published-check.js';
import { hostDoesWhatIsWanted, planningKnowsWhatRuns } from './running-check.js';
import { TakenCheck } from './taken-check.js';
import type { World } from './world.js';

interface Note {
  seq: string;
  event_id: string;
  source: string;
  agg_id: string;
  agg_version: string;
}

interface Archived extends Said {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string | Date;
}

interface ArchiveRow extends Archived {
  readonly seq: string;
}

/** An outbox whose rows are older is not being sent. */
const stuckAfterMs = 5_000;
/** In a container of 512 MB; also while something is wrong. */
const mostMemory = 500 * 2 ** 20;
const endings = new Map([
  [releaseCompleted.type, 'completed'],
  [releaseFailed.type, 'failed'],
  [releaseRolledBack.type, 'rolled_back'],
  [releaseCancelled.type, 'cancelled'],
]);

/**
 * Checks what has come since the last check, of a world in which nothing is under way. I7, the recovery, is measured by
 * whoever heals.
 */
export class Invariants {
  private readonly versions = { log: new Map<string, number>(), consumer: new Map<string, number>() };
  private readonly noted = new Set<string>();
  private readonly archived = new Set<string>();
  private entriesSeen = 0;
  private logSeen = 0;
  private noteSeen = 0;
  private activitySeen = 0;
  private catchUpMs = 0;
  private calmConnections: number | undefined;
  private readonly memory: MemoryWatch;
  private readonly takenCheck: TakenCheck;

  constructor(
    private readonly world: World,
    private readonly ledger: Ledger,
    private readonly published: PublishedCheck,
  ) {
    this.memory = new MemoryWatch(world);
    this.takenCheck = new TakenCheck(world);
  }

  /**
   * @param unended releases that did not end in time
   * @param catchUpMs how long what was committed may take to reach its readers
   */
  async check(found: Findings, unended: readonly string[], catchUpMs: number): Promise<void> {
    this.catchUpMs = catchUpMs;
    await this.everythingWrittenIsLogged(found.I6);
    const news = this.world.log.events.slice(this.logSeen);
    this.logSeen = this.world.log.events.length;
    this.eachStepByOne('log', news, found.I3);
    await this.commandsHaveTheirEffect(found.I1);
    await this.published.check(found.I1, catchUpMs);
    await this.takenCheck.check(found, catchUpMs);
    if (this.world.options.executors > 0) await this.consumersSeeEachStep(found);
    await this.archiveIsTheLog(found.I4, news);
    await this.releasesAreAsTold(found.I4);
    await copiesAreAsTold(this.world, found.I4);
    await planningKnowsWhatRuns(this.world, found.I4);
    await hostDoesWhatIsWanted(this.world, found.I4, catchUpMs);
    await this.nothingHangs(found.I5, unended);
    await this.nothingGrows(found.I8);
  }

  /** The state to which later growth is compared. */
  async remember(): Promise<void> {
    this.calmConnections = (await this.size()).connections;
  }

  stop(): void {
    this.memory.stop();
  }

  private async everythingWrittenIsLogged(finding: Finding): Promise<void> {
    const { databases, log } = this.world;
    const fresh = (await Promise.all(databases.map((database) => database.written()))).flat();
    const missing = () => fresh.filter((id) => !log.ids.has(id));
    const readOn = async () => {
      await log.readOn();
      return missing().length === 0;
    };
    const complaints = await waitFor(readOn, { withinMs: this.catchUpMs, what: 'the log to hold what was committed' });
    tell(finding, fresh.length, [
      ...complaints,
      ...missing().map((id) => `event ${id} was committed and is not in the log`),
    ]);
  }

  private eachStepByOne(reader: 'log' | 'consumer', news: readonly LoggedStep[], finding: Finding): void {
    const versions = this.versions[reader];
    const wrong: string[] = [];
    for (const { source, aggId, aggVersion } of news) {
      const aggregate = `${source} ${aggId}`;
      const expected = (versions.get(aggregate) ?? 0) + 1;
      if (aggVersion !== expected) wrong.push(`${reader}: ${aggregate} has ${aggVersion} where ${expected} follows`);
      versions.set(aggregate, aggVersion);
    }
    tell(finding, news.length, wrong);
  }

  private async commandsHaveTheirEffect(finding: Finding): Promise<void> {
    const entries = this.ledger.entries.slice(this.entriesSeen);
    this.entriesSeen = this.ledger.entries.length;
    const rows = await this.world.database('planning').query<{ wish: string; count: number }>(
      `SELECT application || '@' || (state->'wish'->>'version') AS wish, count(*)::int FROM release
       WHERE application || '@' || (state->'wish'->>'version') = ANY($1) GROUP BY 1`,
      [entries.map(wishOf)],
    );
    const effects = new Map(rows.map(({ wish, count }) => [wish, count]));
    tell(
      finding,
      entries.length,
      entries.flatMap((entry) => wrongEffect(entry, effects.get(wishOf(entry)) ?? 0)),
    );
  }

  private async consumersSeeEachStep(found: Findings): Promise<void> {
    const notes = await this.world
      .database('executors')
      .query<Note>('SELECT * FROM note WHERE seq > $1 ORDER BY seq', [this.noteSeen]);
    this.noteSeen = Number(notes.at(-1)?.seq ?? this.noteSeen);
    const ours = notes.filter(({ source }) => source.startsWith('/signalbox/'));
    const again = ours.filter(({ event_id: id }) => this.noted.has(id) || !this.noted.add(id));
    tell(
      found.I2,
      ours.length,
      again.map(({ event_id: id }) => `executors have applied event ${id} twice`),
    );
    const steps = ours.map((note) => ({ ...note, aggId: note.agg_id, aggVersion: Number(note.agg_version) }));
    this.eachStepByOne('consumer', steps, found.I3);
  }

  private async archiveIsTheLog(finding: Finding, news: readonly LoggedEvent[]): Promise<void> {
    const expected = news.filter(({ type }) => type !== planningAlive.type);
    const told = new Map(expected.map((event) => [event.id, this.archivable({ ...event, ...said(event) })]));
    const rowsSeen: string[] = [];
    const wrong: string[] = [];
    const readOn = async () => {
      const rows = await this.world.database('gateway').query<ArchiveRow>(
        `SELECT seq, event_id AS id, type, source, at AS time, content, coalesce(custom_data, '{}') AS "customData" FROM activity
         WHERE seq > $1 AND source LIKE '/signalbox/%' ORDER BY seq`,
        [this.activitySeen],
      );
      this.activitySeen = Number(rows.at(-1)?.seq ?? this.activitySeen);
      for (const row of rows) {
        if (this.archived.has(row.id) || !this.archived.add(row.id)) wrong.push(`${row.id} is in the archive again`);
        const expects = told.get(row.id);
        rowsSeen.push(row.id);
        if (expects !== undefined && !expects.includes(archivedAs(row)))
          wrong.push(`${row.type} ${row.id} is in the archive with another content`);
      }
      return expected.every(({ id }) => this.archived.has(id));
    };
    const complaints = await waitFor(readOn, { withinMs: this.catchUpMs, what: 'the archive to hold what was said' });
    const missing = expected.filter(({ id }) => !this.archived.has(id));
    await this.world.log.readOn();
    const invented = rowsSeen.filter((id) => !this.world.log.ids.has(id));
    tell(finding, expected.length, [
      ...complaints,
      ...missing.map(({ id, type }) => `${type} ${id} is not in the archive`),
      ...invented.map((id) => `${id} is in the archive, and not in the log`),
      ...wrong,
    ]);
  }

  /** Word for word; or as a gateway of an earlier build can, where one may have taken its turn. */
  private archivable(event: Archived): string[] {
    const unknown = this.world.options.earlierBuild === undefined ? [] : (unknownThen[event.type] ?? []);
    const known = Object.entries(event.content).filter(([name]) => !unknown.includes(name));
    return [archivedAs(event), archivedAs({ ...event, content: Object.fromEntries(known) })];
  }

  private async releasesAreAsTold(finding: Finding): Promise<void> {
    const told = new Map<string, string>();
    for (const { type, releaseId } of this.world.log.events) {
      const status = endings.get(type);
      if (status !== undefined) told.set(releaseId, status);
    }
    const rows = await this.world.database('planning').query<{ id: string; status: string; was_planned: boolean }>(
      `SELECT id, status, state->>'plannedAt' IS NOT NULL AS was_planned FROM release
         WHERE status NOT IN ('draft', 'planned', 'running')`,
    );
    const wrong = rows.filter(({ id, status, was_planned: wasPlanned }) => wasPlanned && told.get(id) !== status);
    const ended = new Set(rows.map(({ id }) => id));
    const goesOn = [...told].filter(([id]) => !ended.has(id));
    tell(finding, rows.length, [
      ...wrong.map(({ id, status }) => `${id} is ${status}, the log says ${told.get(id) ?? 'nothing'}`),
      ...goesOn.map(([id, status]) => `${id} has not ended, the log says ${status}`),
    ]);
  }

  private async nothingHangs(finding: Finding, unended: readonly string[]): Promise<void> {
    const planning = this.world.database('planning');
    const [row] = await planning.query<{ count: number }>('SELECT count(*)::int FROM release');
    const stuck = await planning.query<{ id: string }>(
      `SELECT id FROM release WHERE status = 'running' AND NOT EXISTS
         (SELECT 1 FROM wake_up WHERE aggregate = 'release' AND wake_up.id = release.id)`,
    );
    tell(finding, row?.count ?? 0, [
      ...stuck.map(({ id }) => `${id} runs and nothing will wake it`),
      ...unended.map((id) => `${id} did not end`),
    ]);
    for (const database of this.world.databases) {
      const parked = await database.parked();
      tell(
        finding,
        1,
        parked.map(({ topic, key }) => `${database.service} holds back ${topic} ${key}`),
      );
    }
  }

  private async nothingGrows(finding: Finding): Promise<void> {
    const { connections, outbox } = await this.size();
    const calm = this.calmConnections ?? connections;
    const { name, bytes } = this.memory.take();
    tell(finding, 3, [
      // Pools are full when all are busy, so the calm number may double; a leak grows on.
      ...(connections > 2 * calm + 20 ? [`${connections} sessions, ${calm} at the start`] : []),
      ...(bytes > mostMemory ? [`a process of ${name} held ${Math.round(bytes / 2 ** 20)} MB`] : []),
      ...(outbox > 0 ? [`${outbox} rows stay in outboxes`] : []),
    ]);
  }

  private async size(): Promise<{ connections: number; outbox: number }> {
    const { databases } = this.world;
    const connections = await Promise.all(databases.map((database) => database.connections()));
    const outbox = await Promise.all(databases.map((database) => database.outboxRows(stuckAfterMs)));
    return { connections: sum(connections), outbox: sum(outbox) };
  }
}

type LoggedStep = Pick<LoggedEvent, 'source' | 'aggId' | 'aggVersion'>;

function archivedAs({ type, source, time, content, customData }: Archived): string {
  return plain([type, source, time, content, customData]);
}

function wishOf({ application, version }: Entry): string {
  return `${application}@${version}`;
}

function wrongEffect(entry: Entry, effects: number): string[] {
  const { result = 'unknown', status, mayEnd = ['completed'], answeredAgain } = entry;
  const allowed = { ok: effects === 1, fail: effects === 0, unknown: effects <= 1 }[result];
  return [
    ...(allowed ? [] : [`${wishOf(entry)} was answered ${result} and has ${effects} effects`]),
    ...(answeredAgain === undefined
      ? []
      : [`${wishOf(entry)}, asked again with one key, was answered ${answeredAgain}`]),
    ...(status === undefined || mayEnd.includes(status) ? [] : [`${wishOf(entry)} is ${status}: ${entry.detail}`]),
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

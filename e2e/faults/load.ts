import { randomUUID } from 'node:crypto';
import { eventually } from '@signalbox/testing';
import type { Entry, Ledger, Result } from './ledger.js';
import { Strays } from './strays.js';
import type { World } from './world.js';

/** An application that is released again and again. */
export interface Lane {
  readonly application: string;
  /** Called before each release. */
  prepare?(): void;
  /** Of three releases one is cancelled under way, and one taken back after it has completed. */
  readonly isRestless?: boolean;
}

/** What becomes of a release after it was asked for. */
const turns = ['complete', 'cancel', 'roll back'] as const;
/** A release is this old when it is cancelled, or younger. */
const cancelWithinMs = 4_000;
/** Longer than any fault lasts. */
const insistForMs = 180_000;

const answerWithinMs = 10_000;
/** A gateway waits so long for its service, and the release that nobody follows has to end. */
const strayForMs = 180_000;
/** Of every so many commands without an answer, one is never asked again: its effect may be there or not. */
const abandonOneIn = 4;
/** Of every so many commands that were answered, one is asked again, as by a client that has lost the answer. */
const repeatOneIn = 3;

/** Clients that release, each one release after the other in its own application. */
export class Load {
  /** When releases have gone a stage further, by `performance.now()`, in order. */
  private readonly progressTimes: number[] = [];
  /** When a command was last answered, likewise. */
  answeredAt = 0;
  completed = 0;
  private readonly waiting = new Map<string, (status: string, detail: string) => void>();
  private readonly running = new Map<Lane, Promise<void>>();
  /** Those that wait for a release to end, not for an answer. */
  private readonly following = new Set<Lane>();
  private readonly turns = new Map<Lane, number>();
  private isPaused = false;
  private isOver = false;
  private versions = 0;
  private unanswered = 0;
  /** When an answer was last not waited for, by `performance.now()`: its release may come yet. */
  private readonly abandonedAt = new Map<Lane, number>();
  private readonly strays: Strays;
  private readonly watching: Promise<void>;

  constructor(
    private readonly world: World,
    private readonly ledger: Ledger,
    private readonly lanes: readonly Lane[],
  ) {
    this.strays = new Strays(world.database('planning'), ledger, async (id) => {
      return (await this.insist(`/v1/releases/${id}/cancellations`, { reason: 'overtaken' })).status;
    });
    this.watching = this.watch();
  }

  /** When a release has last gone a stage further; 0 when none has yet. */
  get progressedAt(): number {
    return this.progressTimes.at(-1) ?? 0;
  }

  /** The longest time since `began` in which none has, in ms. */
  standstillSince(began: number): number {
    const times = [began, ...this.progressTimes.filter((at) => at > began), performance.now()];
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  start(): void {
    this.isPaused = false;
    for (const lane of this.lanes) {
      if (this.running.has(lane)) continue;
      this.running.set(
        lane,
        this.release(lane).finally(() => this.running.delete(lane)),
      );
    }
  }

  /** Begins nothing more, and resolves when all that was begun has ended; names what has not in time. */
  async pause(withinMs: number): Promise<string[]> {
    this.isPaused = true;
    const ended = Promise.all(this.running.values());
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), withinMs).unref());
    if ((await Promise.race([ended, late])) !== 'late') return [];
    const asking = [...this.running.keys()].filter((lane) => !this.following.has(lane));
    return [...this.waiting.keys(), ...asking.map(({ application }) => `what was asked for ${application}`)];
  }

  /** Begins nothing more, and follows nothing on. */
  async stop(): Promise<void> {
    this.isPaused = true;
    this.isOver = true;
    await this.watching;
    await this.strays.settle();
  }

  private async release(lane: Lane): Promise<void> {
    while (!this.isPaused) {
      const number = (this.turns.get(lane) ?? 0) + 1;
      this.turns.set(lane, number);
      lane.prepare?.();
      this.versions += 1;
      const entry = this.ledger.intend({
        id: randomUUID(),
        application: lane.application,
        version: `1.${this.versions}.0`,
      });
      await this.ask(lane, entry);
      if (entry.releaseId === undefined) continue;
      const turn = lane.isRestless ? turns[number % turns.length] : 'complete';
      if (turn === 'cancel') await this.cancel(entry, entry.releaseId);
      const { status, detail } = await this.ended(lane, entry.releaseId);
      this.ledger.note(entry, { status, detail });
      if (turn === 'roll back' && status === 'completed') await this.rollBack(lane, entry, entry.releaseId);
    }
  }

  /** Too late it has completed, and says so; what users had seen of it is taken back. */
  private async cancel(entry: Entry, releaseId: string): Promise<void> {
    await pause((this.versions * 997) % cancelWithinMs);
    const { status, code } = await this.insist(`/v1/releases/${releaseId}/cancellations`, { reason: 'unwanted' });
    if (status === 409) this.ledger.note(entry, { mayEnd: ['completed'] });
    else this.ledger.note(entry, { mayEnd: status < 300 ? ['cancelled', 'rolled_back'] : [], detail: code });
  }

  /** The first of an application has nothing to go back to, and one that nobody follows goes first: that is refused, and it stays. */
  private async rollBack(lane: Lane, entry: Entry, releaseId: string): Promise<void> {
    const wish = { environment: 'production', reason: 'unwanted' };
    const { status, code } = await this.insist(`/v1/releases/${releaseId}/rollbacks`, wish);
    const mayMeetAnother = performance.now() - (this.abandonedAt.get(lane) ?? -strayForMs) < strayForMs;
    if (status === 409 && (code === 'no_target' || mayMeetAnother)) return;
    this.ledger.note(entry, { mayEnd: status < 300 ? ['rolled_back'] : [], detail: `${status} ${code}` });
    if (status >= 300) return;
    const ended = await this.ended(lane, releaseId);
    this.ledger.note(entry, ended);
  }

  /** The same key until it is done or refused, or nobody has answered for too long. */
  private async insist(path: string, body: object): Promise<{ status: number; code: string }> {
    const headers = { 'idempotency-key': randomUUID() };
    const began = performance.now();
    for (;;) {
      const answer = await this.api('POST', path, body, headers).catch(() => undefined);
      const told = answer && ((await answer.json().catch(() => ({}))) as { code?: string });
      const status = answer?.status ?? 503;
      const isPassing = status >= 500 || status === 429 || told?.code === 'still_running';
      if (!isPassing || this.isOver || performance.now() - began > insistForMs) {
        this.ledger.say({ path, status, told });
        return { status, code: told?.code ?? '' };
      }
      await pause(250);
    }
  }

  /** As a careful client does: the same key until there is an answer, but not always. */
  private async ask(lane: Lane, entry: Entry): Promise<void> {
    for (;;) {
      const { result, ...news } = await this.post(entry);
      this.ledger.note(entry, { result, ...news });
      if (result === 'ok' && this.ledger.entries.length % repeatOneIn === 0) {
        const again = await this.post(entry);
        if (again.result !== 'unknown' && again.releaseId !== entry.releaseId)
          this.ledger.note(entry, { answeredAgain: again.releaseId ?? again.detail ?? again.result });
      }
      if (result !== 'unknown') return;
      this.unanswered += 1;
      if (this.unanswered % abandonOneIn === 0) {
        this.abandonedAt.set(lane, performance.now());
        // What has become of it is looked up, as a person would.
        const found = await this.find(entry);
        if (found) this.ledger.note(entry, { releaseId: found });
        else this.strays.add(entry);
        return;
      }
      await pause(250);
    }
  }

  private async post({ id, application, version }: Entry): Promise<Partial<Entry> & { result: Result }> {
    try {
      const answer = await this.api('POST', '/v1/releases', { application, version }, { 'idempotency-key': id });
      const body = (await answer.json()) as { id?: string; detail?: string };
      if (answer.ok) this.answeredAt = performance.now();
      if (answer.ok && body.id !== undefined) return { result: 'ok', releaseId: body.id };
      // A gateway that has lost its service cannot say whether the service did it.
      const isRefusal = answer.status < 500 && ![409, 429].includes(answer.status);
      return { result: isRefusal ? 'fail' : 'unknown', detail: `${answer.status} ${body.detail ?? ''}` };
    } catch (error) {
      return { result: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  private async find({ application, version }: Entry): Promise<string | undefined> {
    const path = `/v1/releases?${new URLSearchParams({ application, version })}`;
    const { items } = await eventually(
      async () => {
        const answer = await this.api('GET', path);
        return answer.ok && ((await answer.json()) as { items: { id: string }[] });
      },
      { withinMs: 120_000, everyMs: 500, what: `${path} to be answered` },
    );
    return items[0]?.id;
  }

  private api(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.world.installation.url + path, {
      method,
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        authorization: `Bearer ${this.world.installation.adminKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  private ended(lane: Lane, releaseId: string): Promise<{ status: string; detail: string }> {
    this.following.add(lane);
    return new Promise((resolve) => {
      this.waiting.set(releaseId, (status, detail) => {
        this.waiting.delete(releaseId);
        this.following.delete(lane);
        if (status === 'completed') {
          this.completed += 1;
        }
        resolve({ status, detail });
      });
    });
  }

  /** One question for all releases that somebody waits for. */
  private async watch(): Promise<void> {
    while (!this.isOver) {
      await pause(150);
      await this.strays.look().catch(() => undefined);
      const ids = [...this.waiting.keys()];
      if (ids.length === 0) continue;
      const rows = await this.world
        .database('planning')
        .query<{ id: string; status: string; cause: unknown; succeeded_at: string | null; is_going_back: boolean }>(
          `SELECT id, status, state->'cause' AS cause,
             state ? 'rollback' AND NOT state->'rollback' ? 'endedAt' AS is_going_back, (SELECT max(stage.value->>'endedAt')
             FROM jsonb_each(state->'stages') AS stage WHERE stage.value->>'status' = 'succeeded') AS succeeded_at
           FROM release WHERE id = ANY($1)`,
          [ids],
        )
        .catch(() => []);
      for (const { succeeded_at: at } of rows) if (at !== null) this.noteProgress(at);
      const ended = rows.filter(
        ({ status, is_going_back: goesOn }) => !goesOn && !['draft', 'planned', 'running'].includes(status),
      );
      for (const { id, status, cause } of ended) this.waiting.get(id)?.(status, JSON.stringify(cause ?? null));
    }
  }

  /** @param at when the database says that a stage succeeded: not when it is heard of, which may be after a crash */
  private noteProgress(at: string): void {
    const time = Date.parse(at) - performance.timeOrigin;
    if (time > this.progressedAt) this.progressTimes.push(time);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity, Logger } from '@signalbox/chassis';
import { HttpProblem } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import type { Activity } from './activity.js';
import type { Telemetry } from '../telemetry.js';
import type { ActivityFilter, ActivityView } from './activity.view.js';

const pollMs = 500;
/** From the begin of one look to that of the next: each may go through thousands, and chunks come faster. */
const betweenLooksMs = 250;
const pageSize = 200;
/**
 * How many of the newest are looked through again: an event may become its reader's only by one that comes later. So many
 * that were sent are remembered, and behind the oldest of them nothing is looked for any more.
 */
const lookedThroughAgain = 10_000;
const remembered = 1_000;

/**
 * Where a reader is: behind `after`, but for what was `sent`, of which `furthest` was the last in the archive; `newest` was
 * its end when it was last looked through.
 */
interface Place {
  after: number;
  sent: number[];
  furthest: number;
  newest: number;
}

/** Follows the archive for as long as its clients stay. */
export class ActivityStream {
  private readonly open = new Set<() => void>();
  private readonly wakers = new Set<() => void>();
  private isClosed = false;

  constructor(
    private readonly view: ActivityView,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly telemetry: Pick<Telemetry, 'streamsOpen'>,
    private readonly heartbeatMs = 15_000,
  ) {}

  /** Something was archived here; other replicas' events are found by the poll. */
  poke(): void {
    for (const wake of this.wakers) wake();
  }

  /** Also what begins from now on, while calls in hand are still answered. */
  close(): void {
    this.isClosed = true;
    for (const end of this.open) end();
  }

  /** @param identify who reads, asked again before each look: a stream ends with the rights of its reader */
  async follow(
    reply: FastifyReply,
    after: number,
    filter: ActivityFilter,
    identify: () => Promise<Identity>,
  ): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    // Who has left meanwhile is told nothing, and says nothing of it any more.
    if (raw.destroyed) return;
    const ended = new AbortController();
    const end = (): void => {
      ended.abort();
      this.poke();
    };
    raw.on('close', end);
    this.open.add(end);
    if (this.isClosed) end();
    this.telemetry.streamsOpen(this.open.size);
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      // Whose connection ends before the first event goes on from here.
      'signalbox-after': String(after),
    });
    try {
      await send(raw, ': connected\n\n', ended.signal);
      await this.tell(
        raw,
        { after, sent: [], furthest: after, newest: 0 },
        (place) => this.look(place, filter, identify),
        ended.signal,
      );
    } catch (error) {
      if (!ended.signal.aborted) this.logger.warn({ err: error }, 'a stream of activities has ended early');
    } finally {
      this.open.delete(end);
      this.telemetry.streamsOpen(this.open.size);
      raw.end();
    }
  }

  private async tell(
    raw: ServerResponse,
    place: Place,
    look: (place: Place) => Promise<Activity[]>,
    ended: AbortSignal,
  ): Promise<void> {
    let quietSince = performance.now();
    while (!ended.aborted) {
      const lookedAt = performance.now();
      const news = await look(place);
      for (const activity of news) {
        await send(raw, frame(activity, activity.seq > place.furthest), ended);
        place.furthest = Math.max(place.furthest, activity.seq);
      }
      if (news.length > 0) quietSince = performance.now();
      if (performance.now() - quietSince > this.heartbeatMs) {
        await send(raw, ': alive\n\n', ended);
        quietSince = performance.now();
      }
      if (news.length === pageSize || ended.aborted) continue;
      await this.rest();
      await delay(Math.max(0, lookedAt + betweenLooksMs - performance.now()), undefined, { signal: ended });
    }
  }

  /** A database that is away ends no stream; a reader who may not read any more does. */
  private async look(place: Place, filter: ActivityFilter, identify: () => Promise<Identity>): Promise<Activity[]> {
    try {
      const reader = await identify();
      const newest = await this.view.newestSeq();
      if (newest === place.newest) return [];
      const found = await this.view.after(place.after, filter, reader, pageSize, place.sent);
      remember(place, found);
      if (found.length === pageSize) return found;
      place.newest = newest;
      place.after = Math.max(place.after, newest - lookedThroughAgain);
      return found;
    } catch (error) {
      if (error instanceof HttpProblem) throw error;
      this.logger.warn({ err: error }, 'activities cannot be read now; the stream tries again');
      return [];
    }
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, pollMs);
      this.wakers.add(done);
    });
  }
}

/** Waits for a reader who is slower than the archive, so that nothing piles up here. */
async function send(raw: ServerResponse, text: string, ended: AbortSignal): Promise<void> {
  if (!raw.write(text)) await once(raw, 'drain', { signal: ended });
}

/** What is not remembered is not looked at again, else it would be sent twice. */
function remember(place: Place, found: readonly Activity[]): void {
  const sent = [...place.sent, ...found.map(({ seq }) => seq)].toSorted((one, other) => one - other);
  const forgotten = sent.length > remembered ? sent.at(-remembered - 1) : undefined;
  place.after = Math.max(place.after, forgotten ?? 0);
  place.sent = sent.filter((seq) => seq > place.after);
}

/** One that comes late has no id: who goes on from it would get again what was sent before. */
function frame(activity: Activity, isFurther: boolean): string {
  const id = isFurther ? `id: ${activity.seq}\n` : '';
  return `${id}event: ${activity.type}\ndata: ${JSON.stringify(activity)}\n\n`;
}

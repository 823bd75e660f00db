import type { Identity } from '@signalbox/chassis';
import type { FastifyReply } from 'fastify';
import type { Activity } from './activity.js';
import type { ActivityFilter, ActivityView } from './activity.view.js';

const pollMs = 500;
const pageSize = 200;

/** Follows the archive for as long as its clients stay. */
export class ActivityStream {
  private readonly open = new Set<() => void>();
  private readonly wakers = new Set<() => void>();

  constructor(
    private readonly view: ActivityView,
    private readonly heartbeatMs = 15_000,
  ) {}

  /** Something was archived here; other replicas' events are found by the poll. */
  poke(): void {
    for (const wake of this.wakers) wake();
  }

  close(): void {
    for (const end of this.open) end();
  }

  async follow(reply: FastifyReply, after: number, filter: ActivityFilter, caller: Identity): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    const ended = new AbortController();
    const end = (): void => {
      ended.abort();
      this.poke();
    };
    raw.on('close', end);
    this.open.add(end);
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    raw.write(': connected\n\n');
    let seen = after;
    let quietSince = Date.now();
    while (!ended.signal.aborted) {
      const news = await this.view.after(seen, filter, caller, pageSize).catch(() => []);
      for (const activity of news) raw.write(frame(activity));
      seen = news.at(-1)?.seq ?? seen;
      if (news.length > 0) quietSince = Date.now();
      if (Date.now() - quietSince > this.heartbeatMs) {
        raw.write(': alive\n\n');
        quietSince = Date.now();
      }
      if (news.length < pageSize && !ended.signal.aborted) await this.rest();
    }
    this.open.delete(end);
    raw.end();
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

function frame(activity: Activity): string {
  return `id: ${activity.seq}\nevent: ${activity.type}\ndata: ${JSON.stringify(activity)}\n\n`;
}

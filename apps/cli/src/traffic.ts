import { Agent, request } from 'node:http';

export interface TrafficMix {
  method: string;
  path: string;
  body?: unknown;
  weight: number;
}

export interface TrafficOptions {
  url: string;
  rps: number;
  mix: readonly TrafficMix[];
}

export interface TrafficCounts {
  sent: number;
  /** 5xx, refused, broken off, or no answer in 10 s; when it is stopped, no answer in 2 s. */
  failed: number;
}

const tickMs = 10;
const answerWithinMs = 10_000;
const drainMs = 2_000;
/** Before the router gives an idle connection up (65 s): a request that meets that moment is reset. */
const idleMs = 30_000;

/** Sends requests at a steady rate, whatever the answers take. */
export class Traffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: idleMs });
  private readonly counts = { sent: 0, failed: 0 };
  private readonly open = new Set<Promise<void>>();
  private readonly schedule: readonly TrafficMix[];
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly options: TrafficOptions) {
    this.schedule = options.mix.flatMap((entry) => Array.from({ length: entry.weight }, () => entry));
    const beganAt = performance.now();
    this.timer = setInterval(() => this.sendDue((performance.now() - beganAt) / 1000), tickMs);
  }

  /** Waits for the answers that are still out, for two seconds at most. */
  async stop(): Promise<TrafficCounts> {
    clearInterval(this.timer);
    const late = new Promise((resolve) => setTimeout(resolve, drainMs).unref());
    await Promise.race([Promise.all(this.open), late]);
    const counts = { ...this.counts, failed: this.counts.failed + this.open.size };
    this.agent.destroy();
    return counts;
  }

  private sendDue(seconds: number): void {
    const due = Math.floor(seconds * this.options.rps);
    while (this.counts.sent < due) {
      // A stride that shares no factor with the schedule mixes the kinds of requests.
      const entry = this.schedule[(this.counts.sent * 7) % this.schedule.length];
      if (entry) this.send(entry);
    }
  }

  private send(entry: TrafficMix): void {
    this.counts.sent += 1;
    const answered = this.count(entry).finally(() => this.open.delete(answered));
    this.open.add(answered);
  }

  private async count(entry: TrafficMix): Promise<void> {
    if (!(await this.call(entry))) this.counts.failed += 1;
  }

  /** Whether it was answered, and not with 5xx. */
  private call({ method, path, body }: TrafficMix): Promise<boolean> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve) => {
      const call = request(
        `${this.options.url}${path}`,
        { method, agent: this.agent, headers, timeout: answerWithinMs },
        (answer) => {
          answer.resume();
          answer.once('close', () => resolve(answer.complete && (answer.statusCode ?? 500) < 500));
        },
      );
      call.once('timeout', () => call.destroy());
      call.once('error', () => resolve(false));
      call.end(text);
    });
  }
}

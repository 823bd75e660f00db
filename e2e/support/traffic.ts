import { Agent, request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface TrafficReport {
  sent: number;
  /** Answers that are not 2xx, refused or broken connections, each described. */
  failures: string[];
  /** Answers by `Signalbox-Version`. */
  versions: Record<string, number>;
}

/** Requests due within a tick go out together: fewer timers leave the processors to what is tested. */
const tickMs = 20;
/** Before the router gives an idle connection up (65 s): a request that meets that moment is reset. */
const idleMs = 30_000;

/** A steady loop of requests through a router, as users are. */
export class Traffic {
  readonly report: TrafficReport = { sent: 0, failures: [], versions: {} };
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: idleMs });
  private readonly timer: NodeJS.Timeout;
  private readonly open = new Set<Promise<void>>();

  constructor(
    url: string,
    rps: number,
    path = '/',
    private readonly headers: Record<string, string> = {},
  ) {
    const began = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - began) / 1000) * rps);
      while (this.report.sent < due) this.send(url + path);
    }, tickMs);
  }

  /** What went wrong with every request that was sent until now: each has been answered, or counts as a failure. */
  async failures(): Promise<string[]> {
    await Promise.all(this.open);
    if (Object.keys(this.report.versions).length === 0) throw new Error('nobody was answered at all');
    return this.report.failures;
  }

  async stop(): Promise<TrafficReport> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    this.agent.destroy();
    return this.report;
  }

  private send(url: string): void {
    this.report.sent += 1;
    const asked = this.ask(url).then(
      (answer) => this.count(answer),
      (error: Error) => void this.report.failures.push(error.message),
    );
    this.open.add(asked);
    void asked.then(() => this.open.delete(asked));
  }

  /** Resolves when the whole answer is there; one that breaks off is no answer. */
  private ask(url: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call = request(url, { agent: this.agent, headers: this.headers, timeout: 10_000 }, (answer) => {
        answer.resume();
        answer.once('close', () => (answer.complete ? resolve(answer) : reject(new Error('the answer broke off'))));
      });
      call.once('timeout', () => call.destroy(new Error('no answer in 10s')));
      call.once('error', reject);
      call.end();
    });
  }

  private count({ statusCode = 500, headers }: IncomingMessage): void {
    const version = String(headers['signalbox-version']);
    this.report.versions[version] = (this.report.versions[version] ?? 0) + 1;
    if (statusCode >= 300) this.report.failures.push(`HTTP ${statusCode}`);
  }
}

import { Agent, request } from 'node:http';

export interface TrafficReport {
  sent: number;
  /** Answers that are not 2xx, refused or broken connections, each described. */
  failures: string[];
  /** Answers by `Signalbox-Version`. */
  versions: Record<string, number>;
}

/** A steady loop of requests through a router, as users are. */
export class Traffic {
  readonly report: TrafficReport = { sent: 0, failures: [], versions: {} };
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly timer: NodeJS.Timeout;
  private open = 0;

  constructor(url: string, rps: number, path = '/') {
    const began = performance.now();
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - began) / 1000) * rps);
      while (this.report.sent < due) this.send(url + path);
    }, 5);
  }

  async stop(): Promise<TrafficReport> {
    clearInterval(this.timer);
    const deadline = Date.now() + 3_000;
    while (this.open > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    this.agent.destroy();
    return this.report;
  }

  private send(url: string): void {
    this.report.sent += 1;
    this.open += 1;
    const call = request(url, { agent: this.agent, timeout: 10_000 }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        this.open -= 1;
        const version = String(answer.headers['signalbox-version']);
        this.report.versions[version] = (this.report.versions[version] ?? 0) + 1;
        if ((answer.statusCode ?? 500) >= 300) this.report.failures.push(`HTTP ${answer.statusCode}`);
      });
    });
    call.once('timeout', () => call.destroy(new Error('no answer in 10s')));
    call.once('error', (error) => {
      this.open -= 1;
      this.report.failures.push(error.message);
    });
    call.end();
  }
}

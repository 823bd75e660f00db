import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventSource } from '@signalbox/domain';
import type { World } from './world.js';

/** The tool outside that every cluster under faults knows. */
export const outside: EventSource = { name: 'outside', prefix: '/outside' };

interface Published {
  accepted: number;
  duplicates: number;
  refused: readonly { message: string }[];
}

const clients = 2;
const batchSize = 100;
/** Of a batch, so many are sent once more with the next one, as by a tool that has lost count. */
const repeated = 20;
const answerWithinMs = 10_000;
const retryMs = 250;

/** A tool outside that reports what it does, batch by batch; one without an answer is sent again until it has one. */
export class Publishers {
  /** Events that a gateway has answered for, each counted once. */
  acknowledged = 0;
  /** Answers that no gateway may give. */
  readonly complaints: string[] = [];
  private readonly running = new Set<Promise<void>>();
  private isPaused = true;
  private isOver = false;

  constructor(
    private readonly world: World,
    private readonly perSecond: number,
  ) {}

  start(): void {
    this.isPaused = false;
    if (this.perSecond === 0) return;
    // Some may still wait for the answer from before they were paused, and go on.
    while (this.running.size < clients) {
      const publishing = this.publish().finally(() => this.running.delete(publishing));
      this.running.add(publishing);
    }
  }

  /** Begins no further batch, and resolves when all are answered, or names what is not in time. */
  async pause(withinMs: number): Promise<string[]> {
    this.isPaused = true;
    const ended = Promise.all(this.running);
    const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), withinMs).unref());
    return (await Promise.race([ended, late])) === 'late' ? [`a batch of ${outside.name}`] : [];
  }

  /** Gives up what has no answer. */
  async stop(): Promise<void> {
    this.isPaused = true;
    this.isOver = true;
    await Promise.all(this.running);
  }

  private async publish(): Promise<void> {
    const everyMs = (1_000 * clients * batchSize) / this.perSecond;
    let again: string[] = [];
    let due = performance.now();
    while (!this.isPaused) {
      const fresh = Array.from({ length: batchSize - again.length }, () => randomUUID());
      if (!(await this.send(again, fresh))) return;
      this.acknowledged += fresh.length;
      again = fresh.slice(0, repeated);
      // What was not sent during a fault is not made good by a flood after it.
      due = Math.max(due + everyMs, performance.now() - everyMs);
      await pause(Math.max(0, due - performance.now()));
    }
  }

  /** @returns false when it was given up */
  private async send(known: readonly string[], fresh: readonly string[]): Promise<boolean> {
    const body = JSON.stringify([...known, ...fresh].map(eventOf));
    for (let time = 1; !this.isOver; time += 1) {
      const answer = await this.post(body).catch(() => undefined);
      if (answer !== undefined) {
        const { accepted, duplicates, refused } = answer;
        const isRight = refused.length === 0 && accepted + duplicates === batchSize;
        // The answer to the first time may be lost, what it did is not.
        const isExact = time > 1 || duplicates === known.length;
        if (!isRight || !isExact)
          this.complaints.push(
            `${known.length} known and ${fresh.length} new events were answered ${accepted} accepted, ${duplicates} duplicates, ${refused.length} refused ${refused[0]?.message ?? ''}`,
          );
        return true;
      }
      await pause(retryMs);
    }
    return false;
  }

  /** Undefined where the answer does not say whether anything was done. */
  private async post(body: string): Promise<Published | undefined> {
    const { url, adminKey } = this.world.installation;
    const answer = await fetch(`${url}/v1/event-sources/${outside.name}/events`, {
      method: 'POST',
      signal: AbortSignal.timeout(answerWithinMs),
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/cloudevents-batch+json' },
      body,
    });
    if (answer.ok) return (await answer.json()) as Published;
    const text = await answer.text();
    if (answer.status < 500 && answer.status !== 429)
      this.complaints.push(`a batch was answered ${answer.status} ${text}`);
    return undefined;
  }
}

function eventOf(id: string): object {
  const data = {
    context: { timestamp: new Date().toISOString() },
    subject: { id: 'tool', content: { state: 'measured' } },
  };
  return { specversion: '1.0', id, source: outside.prefix, type: 'org.example.tool.measured.v1', data };
}

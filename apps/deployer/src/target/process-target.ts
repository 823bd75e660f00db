import { inTime, tracedFetch } from '@signalbox/chassis';
import { slotAccepted, slotObserved } from '@signalbox/domain';
import type { HostStatus, SlotAccepted, SlotDesired, SlotObserved } from '@signalbox/domain';
import type { Tracer } from '@signalbox/messaging';
import { Agent, request } from 'undici';
import { StaleGenerationError } from './target.js';
import type { Place, Target } from './target.js';

/** Less than the deployer's report of itself waits for: a host that says nothing must not be left out of it. */
const statusWithinMs = 1_500;

/** The host's control API. */
export class ProcessTarget implements Target {
  private readonly dispatcher = new Agent({
    connections: 16,
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    connect: { timeout: 2_000 },
  });

  constructor(
    readonly url: string,
    private readonly key: string,
    private readonly tracer?: Tracer,
  ) {}

  async put(place: Place, desired: SlotDesired): Promise<SlotAccepted> {
    const { status, body } = await this.call('PUT', place, desired);
    if (status === 409) throw new StaleGenerationError(textOf(body));
    if (status !== 200) throw this.unexpected(status, place, body);
    return slotAccepted.parse(body);
  }

  async observe(place: Place): Promise<SlotObserved | undefined> {
    const { status, body } = await this.call('GET', place);
    if (status === 404) return undefined;
    if (status !== 200) throw this.unexpected(status, place, body);
    return slotObserved.parse(body);
  }

  /** How the host stands, whatever runs on it. */
  status(): Promise<HostStatus> {
    return inTime(statusWithinMs, async (signal) => {
      const { statusCode, body } = await request(`${this.url}/v1/status`, {
        dispatcher: this.dispatcher,
        signal,
        headers: { authorization: `Bearer ${this.key}` },
      });
      const answer = await body.json();
      if (statusCode !== 200) throw new Error(`it answered ${statusCode}: ${textOf(answer)}`);
      return answer as HostStatus;
    });
  }

  /** What is under way is cut: the next round, here or elsewhere, asks again. */
  close(): Promise<void> {
    return this.dispatcher.destroy();
  }

  private unexpected(status: number, { application, environment }: Place, body: unknown): Error {
    return new Error(`the host at ${this.url} answered ${status} for ${application}/${environment}: ${textOf(body)}`);
  }

  private async call(
    method: 'GET' | 'PUT',
    place: Place,
    desired?: SlotDesired,
  ): Promise<{ status: number; body: unknown }> {
    const url = `${this.url}/v1/slots/${place.application}/${place.environment}`;
    return tracedFetch(this.tracer, method, url, async (headers) => {
      const { statusCode, body } = await request(url, {
        method,
        dispatcher: this.dispatcher,
        headers: { ...headers, authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        ...(desired && { body: JSON.stringify(desired) }),
      });
      return { status: statusCode, body: await body.json() };
    });
  }
}

function textOf(body: unknown): string {
  return (body as { detail?: string }).detail ?? 'no detail';
}

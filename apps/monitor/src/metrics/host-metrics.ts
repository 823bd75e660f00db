import { guardedFetch, tracedFetch } from '@signalbox/chassis';
import { slotMetrics } from '@signalbox/domain';
import type { Tracer } from '@signalbox/messaging';
import type { Sample } from './counters.js';
import type { MetricsSource } from './metrics-source.js';

const patienceMs = 5_000;

/** Reads what the host's router has counted. */
export class HostMetrics implements MetricsSource {
  private readonly fetch: ReturnType<typeof guardedFetch>;

  constructor(
    allowPrivate: boolean,
    private readonly key: string,
    private readonly tracer?: Tracer,
  ) {
    this.fetch = guardedFetch(allowPrivate);
  }

  async read(url: string): Promise<Sample> {
    const answer = await tracedFetch(this.tracer, 'GET', url, (headers) =>
      this.fetch(url, {
        headers: { ...headers, authorization: `Bearer ${this.key}` },
        signal: AbortSignal.timeout(patienceMs),
      }),
    );
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new Error(`${url} answers ${answer.status}`);
    }
    const { epoch, deployments } = slotMetrics.parse(await answer.json());
    const counted = Object.entries(deployments);
    return {
      epoch,
      boundsMs: counted[0]?.[1].latency.bucketsMs ?? [],
      deployments: Object.fromEntries(
        counted.map(([id, { requests, errors, latency, ready, exits }]) => [
          id,
          {
            requests,
            errors,
            latency: latency.counts,
            ...(ready !== undefined && { ready }),
            ...(exits !== undefined && { exits }),
          },
        ]),
      ),
    };
  }
}

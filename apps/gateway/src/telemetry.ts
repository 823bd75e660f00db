import type { Logger, Meter } from '@signalbox/chassis';
import { upstreamNames } from './config.js';
import type { UpstreamName } from './config.js';

/** What operators see of the edge beside its requests. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
  ) {
    const upstream = upstreamNames;
    this.figures = {
      limited: meter.counter('gateway_rate_limited_total', 'Requests refused because their principal asked too often'),
      unavailable: meter.counter('gateway_upstream_failures_total', 'Requests that a service did not answer', {
        upstream,
      }),
      unidentified: meter.counter('gateway_unidentified_total', 'Requests without a key that is known and valid'),
      streams: meter.gauge('gateway_streams_open', 'Readers of the live stream of activities'),
    };
  }

  rateLimited(principal: string): void {
    this.figures.limited.inc();
    this.logger.info({ principal }, 'rate limited');
  }

  upstreamFailed(upstream: UpstreamName, error: Error, traceId: string): void {
    this.figures.unavailable.inc({ upstream });
    this.logger.warn({ err: error, owner: upstream, traceId }, 'upstream does not answer');
  }

  unidentified(): void {
    this.figures.unidentified.inc();
  }

  streamsOpen(count: number): void {
    this.figures.streams.set(count);
  }
}

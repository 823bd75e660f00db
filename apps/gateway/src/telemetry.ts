import type { Logger, Meter } from '@signalbox/chassis';
import type { InboundReport } from '@signalbox/messaging';
import { upstreamNames } from './config.js';
import type { UpstreamName } from './config.js';

/** What operators see of the edge beside its requests. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    /** Names of the sources outside. */
    source: readonly string[] = [],
  ) {
    const upstream = upstreamNames;
    this.figures = {
      limited: meter.counter('gateway_rate_limited_total', 'Requests refused because their principal asked too often'),
      unavailable: meter.counter('gateway_upstream_failures_total', 'Requests that a service did not answer', {
        upstream,
      }),
      unidentified: meter.counter('gateway_unidentified_total', 'Requests without a key that is known and valid'),
      inbound: meter.counter(
        'gateway_inbound_events_total',
        'Events from outside, by source and by what became of them',
        {
          source,
          outcome: ['accepted', 'duplicate', 'refused'],
        },
      ),
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

  inbound({ source, accepted, duplicates, refused }: InboundReport): void {
    this.figures.inbound.inc({ source, outcome: 'accepted' }, accepted);
    this.figures.inbound.inc({ source, outcome: 'duplicate' }, duplicates);
    this.figures.inbound.inc({ source, outcome: 'refused' }, refused.length);
    for (const { code, id, type } of refused.slice(0, 1))
      this.logger.info({ source, refused: refused.length, code, eventId: id, type }, 'events from outside refused');
  }

  streamsOpen(count: number): void {
    this.figures.streams.set(count);
  }
}

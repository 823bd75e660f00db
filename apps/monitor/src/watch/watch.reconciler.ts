import type { MetricsSource } from '../metrics/metrics-source.js';
import type { Telemetry } from '../telemetry.js';
import type { WatchService } from './watch.service.js';

/** Looks at production's counters when it is time. */
export class WatchReconciler {
  constructor(
    private readonly watches: WatchService,
    private readonly source: MetricsSource,
    private readonly telemetry: Telemetry,
  ) {}

  async reconcile(id: string): Promise<void> {
    const { state } = await this.watches.get(id);
    if (state.status === 'ended') return;
    const seen = await this.source.read(state.metricsUrl).catch((error: Error) => error);
    if (!(seen instanceof Error)) return this.watches.sampled(id, state.looks, seen);
    this.telemetry.unreadable({ id, url: state.metricsUrl, reason: seen.message });
    await this.watches.unreadable(id, state.looks, seen.message);
  }
}

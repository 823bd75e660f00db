import type { MetricsSource } from '../metrics/metrics-source.js';
import type { Telemetry } from '../telemetry.js';
import type { AnalysisService } from './analysis.service.js';

/** Looks at a canary's counters when it is time. */
export class AnalysisReconciler {
  constructor(
    private readonly analyses: AnalysisService,
    private readonly source: MetricsSource,
    private readonly telemetry: Telemetry,
  ) {}

  async reconcile(id: string): Promise<void> {
    const { state } = await this.analyses.get(id);
    if (state.status === 'ended') return;
    const seen = await this.source.read(state.metricsUrl).catch((error: Error) => error);
    if (!(seen instanceof Error)) return this.analyses.sampled(id, state.looks, seen);
    this.telemetry.unreadable({ id, url: state.metricsUrl, reason: seen.message });
    await this.analyses.unreadable(id, state.looks, seen.message);
  }
}

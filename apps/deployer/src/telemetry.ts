import { longSeconds } from '@signalbox/chassis';
import type { Logger, Meter, Reading } from '@signalbox/chassis';
import { outcomes } from '@signalbox/domain';
import type { Change } from '@signalbox/persistence';
import { deploymentStatuses } from './deployment/deployment.js';
import type { Deployment } from './deployment/deployment.js';

const modes = ['forward', 'rollback'];
const statuses = deploymentStatuses.filter((status) => status !== 'ended');
const pauses = ['gate_closed', 'analysis_inconclusive', 'analysis_silent', 'pause', 'manual_gate'];

/** What is asked of the tables at each scrape. */
export interface Census {
  byStatus(): Promise<Reading<'status'>[]>;
  weights(): Promise<Reading<'application' | 'environment'>[]>;
}

/** What operators see of rollouts beside their events; called with what has been committed. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    census: Census,
  ) {
    this.figures = {
      started: meter.counter('rollouts_started_total', 'Rollouts asked for', { mode: modes }),
      ended: meter.counter('rollouts_ended_total', 'Rollouts that ended', { mode: modes, outcome: outcomes }),
      lasted: meter.histogram('rollout_duration_seconds', 'From request to end of a rollout', longSeconds, {
        mode: modes,
      }),
      back: meter.counter('rollouts_taken_back_total', 'Rollouts taken back', { exposed: ['true', 'false'] }),
      paused: meter.counter('rollouts_paused_total', 'Rollouts that came to a pause', { reason: pauses }),
      failures: meter.counter('target_failures_total', 'Calls to a target that failed; they are repeated'),
    };
    meter.reading('rollouts_open', 'Rollouts that have not ended', () => census.byStatus(), { status: statuses });
    const share = 'Share of requests that go to the new version, 0 to 1, while a rollout is under way';
    meter.reading('rollout_weight_ratio', share, () => census.weights(), { application: [], environment: [] });
  }

  readonly deployment = ({ before, after }: Change<Deployment>): void => {
    const { id, of, application, environment, mode, running, exposed, back, ended, pausedFor } = after;
    const about = { deploymentId: id, releaseId: of.releaseId, application, environment, version: running.version };
    if (!before) {
      this.figures.started.inc({ mode });
      this.logger.info({ ...about, mode }, 'rollout asked for');
    }
    if (pausedFor && before?.pausedFor?.reason !== pausedFor.reason) {
      this.figures.paused.inc({ reason: pausedFor.reason });
      this.logger.info({ ...about, reason: pausedFor.reason, weight: after.weight }, 'rollout paused');
    }
    if (back && !before?.back) {
      this.figures.back.inc({ exposed: String(exposed) });
      this.logger.warn({ ...about, exposed, reason: back.reason, detail: back.detail }, 'rollout is taken back');
    }
    if (ended && !before?.ended) {
      this.figures.ended.inc({ mode, outcome: ended.outcome });
      const seconds = (Date.parse(ended.at) - Date.parse(after.requestedAt)) / 1000;
      this.figures.lasted.observe({ mode }, Math.max(0, seconds));
      this.logger.info({ ...about, mode, outcome: ended.outcome, reason: ended.reason, seconds }, 'rollout ended');
    }
  };

  /** The loop that calls it again tells why. */
  targetFailed(): void {
    this.figures.failures.inc();
  }
}

import { longSeconds } from '@signalbox/chassis';
import type { Logger, Meter } from '@signalbox/chassis';
import { hasEnded, outcomes, stageKinds } from '@signalbox/domain';
import type { Change } from '@signalbox/persistence';
import type { Gate } from './gate/gate.js';
import { isOver } from './release/release.js';
import type { Release, StageState } from './release/release.js';
import type { ReleaseCensus } from './release/release-census.view.js';

const endings = ['completed', 'failed', 'rolled_back', 'cancelled'];
const gateKinds = ['freeze', 'hold', 'override', 'quarantine'];

/** What operators see of releases beside their events; called with what has been committed. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    census: ReleaseCensus,
  ) {
    const kind = stageKinds;
    const again = 'one that is tried again, or taken back after it was completed, counts again';
    this.figures = {
      planned: meter.counter('releases_planned_total', 'Releases whose plan was made'),
      ended: meter.counter('releases_ended_total', `Releases that ended; ${again}`, { outcome: endings }),
      lasted: meter.histogram('release_duration_seconds', 'From its plan to the end of a release', longSeconds),
      requested: meter.counter('stage_attempts_total', 'Stages asked of an executor, each attempt', { kind }),
      stages: meter.counter('stages_ended_total', 'Stages that ended', { kind, outcome: [...outcomes, 'skipped'] }),
      took: meter.histogram('stage_duration_seconds', 'From request to end of a stage', longSeconds, { kind }),
      blocked: meter.counter('stage_blocked_seconds_total', 'Time in which stages were blocked, told when it changes', {
        reason: [],
      }),
      gates: meter.counter('gates_set_total', 'Freezes, holds, overrides and quarantines', { kind: gateKinds }),
    };
    meter.reading('releases_open', 'Releases that have not ended', () => census.releases(), {
      status: ['draft', 'planned', 'running'],
    });
    meter.reading('stages_open', 'Stages that are blocked or with an executor', () => census.stages(), {
      kind,
      status: ['blocked', 'requested', 'running', 'cancelling'],
    });
    meter.reading('stage_busy_oldest_seconds', 'Age of the oldest attempt under way', () => census.busyAges(), {
      kind,
    });
    const blocked = 'For how long the oldest waits, here or with its executor';
    meter.reading('stage_blocked_oldest_seconds', blocked, () => census.blockedAges(), { reason: [] });
  }

  readonly release = ({ before, after, lastedMs }: Change<Release>): void => {
    for (const stage of Object.values(before?.stages ?? {}))
      if (stage.status === 'blocked') this.wasBlocked(stage, lastedMs);
    for (const stage of Object.values(after.stages)) this.stage(after, before?.stages[stage.key], stage);
    if (before?.status === after.status) return;
    if (after.status === 'planned') this.figures.planned.inc();
    if (isOver(after)) this.ended(after);
  };

  readonly gate = ({ before, after }: Change<Gate>): void => {
    if (before === undefined) this.figures.gates.inc({ kind: after.kind });
  };

  private ended({ id, application, version, status, plannedAt, endedAt, cause }: Release): void {
    this.figures.ended.inc({ outcome: status });
    const seconds = (Date.parse(endedAt ?? '') - Date.parse(plannedAt ?? '')) / 1000;
    if (seconds >= 0) this.figures.lasted.observe(seconds);
    this.logger.info({ releaseId: id, application, version, status, cause: cause?.code, seconds }, 'release ended');
  }

  private stage({ id, application, version }: Release, before: StageState | undefined, stage: StageState): void {
    const { key, kind, attempt, status, reason } = stage;
    if (attempt > (before?.attempt ?? 0)) this.figures.requested.inc({ kind });
    if (!hasEnded(status) || before === undefined || before.status === status) return;
    this.figures.stages.inc({ kind, outcome: status });
    const seconds = (Date.parse(stage.endedAt ?? '') - Date.parse(stage.requestedAt ?? '')) / 1000;
    if (seconds >= 0) this.figures.took.observe({ kind }, seconds);
    const about = { releaseId: id, application, version, stage: key, attempt };
    this.logger.info({ ...about, status, reason, seconds }, 'stage ended');
  }

  private wasBlocked({ blockers }: StageState, ms: number): void {
    for (const reason of new Set(blockers.map(({ code }) => code))) this.figures.blocked.inc({ reason }, ms / 1000);
  }
}

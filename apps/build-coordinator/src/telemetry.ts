import { longSeconds } from '@signalbox/chassis';
import type { Logger, Meter, Reading } from '@signalbox/chassis';
import { outcomes } from '@signalbox/domain';
import type { Change } from '@signalbox/persistence';
import type { Build } from './build/build.js';
import type { Evaluation } from './policy/evaluation.js';
import type { Task } from './task/task.js';

/** What is asked of the tables at each scrape. */
export interface Census {
  countOnline(): Promise<number>;
  byStatus(): Promise<Reading<'status'>[]>;
  /** In seconds; 0 when none waits. */
  oldestQueued(): Promise<number>;
}

/** What operators see of builds, tasks and runners beside their events; called with what has been committed. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    census: Census,
  ) {
    const outcome = outcomes;
    this.figures = {
      builds: meter.counter('builds_ended_total', 'Builds that ended', { outcome }),
      built: meter.histogram('build_duration_seconds', 'From the first step to the end of a build', longSeconds),
      tasks: meter.counter('tasks_ended_total', 'Builds and test suites given to runners that ended', { outcome }),
      waited: meter.histogram('task_wait_seconds', 'For how long a task waited until a runner took it', longSeconds),
      expired: meter.counter('task_leases_expired_total', 'Tasks whose runner was not heard of any more'),
      gates: meter.counter('gate_evaluations_total', 'Answers of quality gates', {
        policy: ['tests-passed'],
        result: ['passed', 'failed', 'not_applicable'],
      }),
    };
    meter.reading('runners_online', 'Runners heard of within ten seconds', async () => [
      { value: await census.countOnline() },
    ]);
    meter.reading('tasks_open', 'Tasks that have not ended', () => census.byStatus(), {
      status: ['queued', 'running', 'closing'],
    });
    meter.reading('task_queue_oldest_seconds', 'For how long the first task in the queue waits; 0: none', async () => [
      { value: await census.oldestQueued() },
    ]);
  }

  readonly task = ({ before, after }: Change<Task>): void => {
    if (before?.status === 'queued' && after.status === 'running') {
      this.figures.waited.observe((Date.parse(after.lease.startedAt) - Date.parse(after.queuedAt)) / 1000);
    }
    if (!before || 'result' in before || !('result' in after)) return;
    const { outcome, reason, detail } = after.result;
    this.figures.tasks.inc({ outcome });
    const about = { taskId: after.id, releaseId: after.releaseId, runner: after.lease?.runner, outcome, reason };
    if (reason !== 'lease_expired') return this.logger.info(about, 'task ended');
    this.figures.expired.inc();
    this.logger.warn({ ...about, detail }, 'a runner was lost with its task');
  };

  readonly build = ({ before, after }: Change<Build>): void => {
    const { id, releaseId, application, version, status, startedAt, endedAt, reason } = after;
    if (before?.endedAt !== undefined || endedAt === undefined || status === 'queued' || status === 'running') return;
    this.figures.builds.inc({ outcome: status });
    const seconds = (Date.parse(endedAt) - Date.parse(startedAt ?? '')) / 1000;
    if (seconds >= 0) this.figures.built.observe(seconds);
    this.logger.info({ buildId: id, releaseId, application, version, outcome: status, reason, seconds }, 'build ended');
  };

  readonly evaluation = ({ before, after: { policy, result, releaseId } }: Change<Evaluation>): void => {
    if (before) return;
    this.figures.gates.inc({ policy, result });
    this.logger.info({ releaseId, policy, result }, 'gate evaluated');
  };
}

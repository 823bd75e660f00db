import type { Logger, Meter } from '@signalbox/chassis';
import { outcomes } from '@signalbox/domain';
import type { Change } from '@signalbox/persistence';
import type { Analysis } from './analysis/analysis.js';
import type { Incident } from './incident/incident.js';
import type { Watch } from './watch/watch.js';

const verdict = ['passed', 'failed', 'inconclusive'];

/** What is asked of the tables at each scrape. */
export interface Census {
  countOpenIncidents(): Promise<number>;
  countJudging(): Promise<number>;
}

/** What operators see of the monitor beside its events; called with what has been committed. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
    census: Census,
  ) {
    this.figures = {
      failedLooks: meter.counter('monitor_failed_looks_total', 'Looks at a metrics endpoint that got no counters'),
      judgements: meter.counter('judgements_total', 'Judgements on canaries, one per look', { verdict }),
      analyses: meter.counter('analyses_ended_total', 'Analyses that ended, by their last verdict', { verdict }),
      watches: meter.counter('watches_ended_total', 'Watches after a release that ended', { outcome: outcomes }),
      opened: meter.counter('incidents_opened_total', 'Incidents, found by a watch or reported by a caller', {
        origin: ['watch', 'reported'],
      }),
      resolved: meter.counter('incidents_resolved_total', 'Incidents that were resolved'),
    };
    meter.reading('incidents_open', 'Incidents that are not resolved', async () => [
      { value: await census.countOpenIncidents() },
    ]);
    meter.reading('analyses_open', 'Canaries that are compared now', async () => [
      { value: await census.countJudging() },
    ]);
  }

  readonly analysis = ({ before, after }: Change<Analysis>): void => {
    const { id, releaseId, application, environment, judged, ended } = after;
    if (judged && before?.judged?.number !== judged.number) this.figures.judgements.inc({ verdict: judged.verdict });
    if (!ended || before?.ended) return;
    const last = judged?.verdict ?? 'inconclusive';
    this.figures.analyses.inc({ verdict: last });
    const about = { analysisId: id, releaseId, application, environment };
    this.logger.info({ ...about, verdict: last, reason: ended.reason }, 'analysis ended');
  };

  readonly watch = ({ before, after }: Change<Watch>): void => {
    const { id, releaseId, application, environment, ended } = after;
    if (!ended || before?.ended) return;
    this.figures.watches.inc({ outcome: ended.outcome });
    this.logger.info({ watchId: id, releaseId, application, environment, outcome: ended.outcome }, 'watch ended');
  };

  readonly incident = ({ before, after }: Change<Incident>): void => {
    const { id, application, environment, releaseId, status, openedBy } = after;
    if (before?.status === status) return;
    const about = { incidentId: id, releaseId, application, environment };
    if (status === 'resolved') this.figures.resolved.inc();
    else this.figures.opened.inc({ origin: openedBy === 'monitor' ? 'watch' : 'reported' });
    this.logger[status === 'open' ? 'warn' : 'info'](about, `incident ${status}`);
  };

  unreadable(look: { id: string; url: string; reason: string }): void {
    this.figures.failedLooks.inc();
    this.logger.warn(look, 'metrics cannot be read now; nothing is judged');
  }
}

import type { Logger, Meter } from '@signalbox/chassis';
import type { Change } from '@signalbox/persistence';
import { kinds } from './item/feedback-item.js';
import type { FeedbackItem } from './item/feedback-item.js';
import type { FeedbackWindow } from './window/feedback-window.js';

/** What operators see of feedback beside its events; called with what has been committed. Texts stay out of it. */
export class Telemetry {
  private readonly figures;

  constructor(
    meter: Meter,
    private readonly logger: Logger,
  ) {
    this.figures = {
      items: meter.counter('feedback_items_total', 'Feedback received', { kind: kinds, linked: ['true', 'false'] }),
      forgotten: meter.counter('feedback_items_forgotten_total', 'Feedback whose text and author were taken away'),
      windows: meter.counter('feedback_windows_opened_total', 'Releases on which feedback is collected'),
    };
  }

  readonly item = ({ before, after }: Change<FeedbackItem>): void => {
    const { id, application, kind, releaseId, forgottenAt } = after;
    if (!before) {
      this.figures.items.inc({ kind, linked: String(releaseId !== undefined) });
      this.logger.info({ feedbackId: id, application, kind, releaseId }, 'feedback received');
    } else if (forgottenAt !== undefined && before.forgottenAt === undefined) {
      this.figures.forgotten.inc();
      this.logger.info({ feedbackId: id, application }, 'feedback forgotten');
    }
  };

  readonly window = ({ before, after }: Change<FeedbackWindow>): void => {
    if (before) return;
    const { releaseId, application, version, closesAt } = after;
    this.figures.windows.inc();
    this.logger.info({ releaseId, application, version, closesAt }, 'feedback is collected');
  };
}

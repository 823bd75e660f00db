import type { Outcome } from '@signalbox/domain';

/** Ends a task with anything but success. */
export class TaskEnd extends Error {
  constructor(
    readonly outcome: Exclude<Outcome, 'succeeded'>,
    readonly reason: string,
    readonly detail: string,
    readonly exitCode?: number,
  ) {
    super(detail);
  }
}

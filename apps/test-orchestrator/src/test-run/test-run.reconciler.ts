import { JunitError, parseJunit } from '@signalbox/chassis';
import type { TestReport } from '@signalbox/chassis';
import { ReportGoneError } from '../store/report-store.js';
import type { ReportStore } from '../store/report-store.js';
import type { TestRunService } from './test-run.service.js';

/** Fetches and reads the reports that runners have left in the store. */
export class TestRunReconciler {
  constructor(
    private readonly runs: TestRunService,
    private readonly store: ReportStore,
  ) {}

  due(): Promise<string[]> {
    return this.runs.reading();
  }

  async reconcile(id: string): Promise<void> {
    const { state } = await this.runs.get(id);
    for (const suite of state.suites) {
      if (suite.status === 'reading' && suite.reportDigest)
        await this.runs.reported(id, suite.taskId, await this.read(suite.reportDigest));
    }
  }

  private async read(digest: string): Promise<TestReport | { problem: string }> {
    try {
      return parseJunit(await this.store.read(digest));
    } catch (error) {
      if (error instanceof JunitError || error instanceof ReportGoneError) return { problem: error.message };
      throw error;
    }
  }
}

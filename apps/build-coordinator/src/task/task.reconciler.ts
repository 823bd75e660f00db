import { JunitError, parseJunit } from '@signalbox/chassis';
import { DigestMismatchError } from '../artifact/artifact-store.js';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import type { ReportFound } from '../policy/tests-passed.js';
import type { TaskLog } from './task-log.js';
import type { TaskService } from './task.service.js';

const shownLines = 20;
const maxReportBytes = 10 * 1_048_576;

/** Collects what a task that is over has left behind: its log, its test report, its artifact. */
export class TaskReconciler {
  constructor(
    private readonly tasks: TaskService,
    private readonly log: TaskLog,
    private readonly store: ArtifactStore,
  ) {}

  async due(): Promise<string[]> {
    return (await this.tasks.closing()).map(({ state }) => state.id);
  }

  async reconcile(id: string): Promise<void> {
    const { state } = await this.tasks.get(id);
    if (state.status !== 'closing') return;
    const { result } = state;
    await this.log.fold(id);
    const report =
      state.spec.kind === 'build' && result.reportDigest ? await this.report(result.reportDigest) : undefined;
    await this.tasks.end(id, {
      result,
      lastLines: result.outcome === 'succeeded' ? [] : await this.log.lastLines(id, shownLines),
      ...(report && { report }),
      isArtifactStored: result.artifact !== undefined && (await this.store.has(result.artifact.digest)),
    });
  }

  private async report(digest: string): Promise<ReportFound> {
    try {
      const blob = await this.store.read(digest);
      if (!blob) return { problem: 'the test report is not in the store' };
      if (blob.sizeBytes > maxReportBytes) {
        blob.content.destroy();
        return { problem: 'the test report is larger than 10 MiB' };
      }
      return { report: parseJunit(await textOf(blob.content)) };
    } catch (error) {
      if (error instanceof JunitError || error instanceof DigestMismatchError) return { problem: error.message };
      throw error;
    }
  }
}

async function textOf(content: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

import type { TestTask } from '@signalbox/domain';
import { checkOut } from '../workspace/checkout.js';
import { storeText, withReport } from './report.js';
import { smoke } from './smoke.js';
import { runStep } from './step.js';
import { requireTarget } from './target.js';
import type { TaskContext } from './task-context.js';
import type { TaskFound } from './task-found.js';

/** Runs one suite against what is live, and makes sure that it was the right version from beginning to end. */
export async function runTest(task: TestTask, context: TaskContext, found: TaskFound): Promise<void> {
  const { suite, target } = task;
  await requireTarget(target, context.signal);
  let failure: unknown;
  try {
    if (suite.run) await runSuite(task, { ...suite, run: suite.run }, context, found);
    else await runSmoke(task, context, found);
  } catch (error) {
    failure = error;
  }
  context.signal.throwIfAborted();
  await requireTarget(target, context.signal);
  if (failure !== undefined) throw failure;
}

async function runSuite(
  task: TestTask,
  suite: TestTask['suite'] & { run: string[] },
  context: TaskContext,
  found: TaskFound,
): Promise<void> {
  const { url, version } = task.target;
  const directory = await checkOut(task, context);
  const values = { VERSION: version, TARGET_URL: url, TARGET_VERSION: version, SHARD_INDEX: '1', SHARD_TOTAL: '1' };
  const run = () => runStep(suite, values, directory, context);
  await withReport(run, { directory, junit: suite.junit }, context, found);
}

async function runSmoke({ target }: TestTask, context: TaskContext, found: TaskFound): Promise<void> {
  const { xml, end } = await smoke(target, context);
  found.reportDigest = await storeText(xml, context);
  if (end) throw end;
}

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultBuildSteps, durationMs } from '@signalbox/domain';
import type { BuildStep, BuildTask } from '@signalbox/domain';
import { packTree, PackError } from '../artifact/pack.js';
import type { Packed } from '../artifact/pack.js';
import { checkOut } from '../workspace/checkout.js';
import { listFiles } from '../workspace/files.js';
import { withReport } from './report.js';
import { runStep } from './step.js';
import type { TaskContext } from './task-context.js';
import { TaskEnd } from './task-end.js';
import type { TaskFound } from './task-found.js';

/** Turns a commit into an artifact in the store. */
export async function runBuild(task: BuildTask, context: TaskContext, found: TaskFound): Promise<void> {
  const directory = await checkOut(task, context);
  const steps = await stepsOf(task, directory);
  const runSteps = async (): Promise<void> => {
    for (const step of steps) await runStep(step, { VERSION: task.version }, directory, context);
  };
  await withReport(runSteps, { directory, junit: task.junit }, context, found);
  const packed = await pack(task, directory, context);
  await context.upload(packed.digest, join(context.workspace, 'artifact.tar'));
  context.log(`artifact ${packed.digest}, ${packed.sizeBytes} bytes\n`);
  found.artifact = packed;
}

async function stepsOf(task: BuildTask, directory: string): Promise<BuildStep[]> {
  if (task.steps) return task.steps;
  const isNpm = await access(join(directory, 'package-lock.json')).then(
    () => true,
    () => false,
  );
  if (isNpm) return defaultBuildSteps.map(({ run, env, timeout }) => ({ run, env, timeoutMs: durationMs(timeout) }));
  const detail = 'no build steps and no package-lock.json: add build.steps to signalbox.yaml';
  throw new TaskEnd('failed', 'no_steps', detail);
}

async function pack(task: BuildTask, directory: string, context: TaskContext): Promise<Packed> {
  const paths = await listFiles(directory, task.outputs);
  if (paths.length === 0) {
    throw new TaskEnd('failed', 'no_outputs', `no file matches build.outputs: ${task.outputs.join(', ')}`);
  }
  try {
    return await packTree(directory, paths, join(context.workspace, 'artifact.tar'));
  } catch (error) {
    if (error instanceof PackError) throw new TaskEnd('failed', 'outputs_invalid', error.message);
    throw error;
  }
}

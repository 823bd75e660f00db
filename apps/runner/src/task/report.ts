import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../artifact/pack.js';
import { listFiles } from '../workspace/files.js';
import type { TaskContext } from './task-context.js';
import { TaskEnd } from './task-end.js';
import type { TaskFound } from './task-found.js';

const maxBytes = 10 * 1_048_576;

/** Does the work and, however it ends, stores the report that it has left behind. */
export async function withReport(
  work: () => Promise<void>,
  { directory, junit }: { directory: string; junit: string | undefined },
  context: TaskContext,
  found: TaskFound,
): Promise<void> {
  let failure: unknown;
  try {
    await work();
  } catch (error) {
    failure = error;
  }
  context.signal.throwIfAborted();
  try {
    if (junit !== undefined) found.reportDigest = await storeReport(directory, junit, context);
  } catch (error) {
    failure ??= error;
  }
  if (failure !== undefined) throw failure;
}

/** Stores the JUnit reports that match a glob, as one. @returns its digest, or undefined when there is none */
async function storeReport(directory: string, glob: string, context: TaskContext): Promise<string | undefined> {
  const paths = (await listFiles(directory, [glob])).map((path) => join(directory, path));
  const [only] = paths;
  if (only === undefined) return undefined;
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  if (sizes.reduce((sum, size) => sum + size, 0) > maxBytes) {
    throw new TaskEnd('failed', 'report_too_large', `${glob}: the test report is larger than 10 MiB`);
  }
  return storeText(paths.length === 1 ? await readFile(only, 'utf8') : await joined(paths), context);
}

export async function storeText(xml: string, context: TaskContext): Promise<string> {
  const path = join(context.workspace, 'report.xml');
  await writeFile(path, xml);
  const digest = await digestOf(path);
  await context.upload(digest, path);
  return digest;
}

async function joined(paths: readonly string[]): Promise<string> {
  const documents = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const suites = documents.map((xml) =>
    xml.replace(/^\uFEFF?\s*<\?xml[^>]*\?>/, '').replaceAll(/<\/?testsuites[^>]*>/g, ''),
  );
  return `<testsuites>${suites.join('\n')}</testsuites>`;
}

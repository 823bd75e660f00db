import type { TestTask } from '@signalbox/domain';
import { causeOf, getTarget } from './target.js';
import type { TaskContext } from './task-context.js';
import { TaskEnd } from './task-end.js';

const requests = 20;

/** The built-in suite: the health path, again and again; anything but 2xx and 3xx is a failure. */
export async function smoke(target: TestTask['target'], context: TaskContext): Promise<{ xml: string; end?: TaskEnd }> {
  const failures: (string | undefined)[] = [];
  for (let request = 1; request <= requests; request += 1) {
    const failure = await getTarget(target, context.signal).then(
      ({ status }) => (status >= 200 && status < 400 ? undefined : `answered ${status}`),
      (error: unknown) => causeOf(error),
    );
    context.signal.throwIfAborted();
    context.log(`GET ${target.healthCheckPath} ${failure ?? 'ok'}\n`);
    failures.push(failure);
  }
  const failed = failures.filter((failure) => failure !== undefined);
  const xml = report(target.healthCheckPath, failures);
  if (failed.length === 0) return { xml };
  const detail = `${failed.length} of ${requests} requests of ${target.healthCheckPath} failed: ${failed[0]}`;
  return { xml, end: new TaskEnd('failed', 'suite_failed', detail) };
}

function report(path: string, failures: readonly (string | undefined)[]): string {
  const cases = failures.map((failure, index) => {
    const name = escaped(`GET ${path} ${index + 1}`);
    const trouble = failure === undefined ? '' : `<failure message="${escaped(failure)}"/>`;
    return `<testcase classname="smoke" name="${name}">${trouble}</testcase>`;
  });
  return `<testsuites><testsuite name="smoke">${cases.join('')}</testsuite></testsuites>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

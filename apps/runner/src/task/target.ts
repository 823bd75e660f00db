import type { TestTask } from '@signalbox/domain';
import { TaskEnd } from './task-end.js';

type Target = TestTask['target'];

const timeoutMs = 10_000;

/** One GET of the health path; redirects are answers of their own. */
export async function getTarget({ url, healthCheckPath }: Target, signal: AbortSignal): Promise<Response> {
  const response = await fetch(`${url.replace(/\/$/, '')}${healthCheckPath}`, {
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  await response.body?.cancel();
  return response;
}

/** Throws unless the target runs exactly the version that is to be tested. */
export async function requireTarget(target: Target, signal: AbortSignal): Promise<void> {
  const wanted = `${target.version}@${target.slotVersion}`;
  const response = await getTarget(target, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new TaskEnd('errored', 'target_unreachable', `${target.url} does not answer: ${causeOf(error)}`);
  });
  const seen = response.headers.get('signalbox-version') ?? 'no version';
  if (seen !== wanted) {
    throw new TaskEnd('errored', 'wrong_version', `${target.url} serves ${seen}, not ${wanted}`);
  }
}

export function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}

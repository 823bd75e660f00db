import { substitute, UnknownNameError } from '@signalbox/domain';
import type { BuildStep } from '@signalbox/domain';
import { maxProcesses, runCommand } from '../process/command.js';
import type { CommandEnd } from '../process/command.js';
import type { TaskContext } from './task-context.js';
import { TaskEnd } from './task-end.js';

/** Runs one step; throws a TaskEnd with the sentence that people read when it does not exit with 0. */
export async function runStep(
  step: BuildStep,
  values: Readonly<Record<string, string>>,
  directory: string,
  context: TaskContext,
): Promise<void> {
  const run = step.run.map((argument) => filled(argument, values, step));
  context.log(`$ ${run.join(' ')}\n`);
  const end = await runCommand({
    run,
    directory,
    environment: { ...context.stepEnvironment, ...values, ...step.env },
    timeoutMs: step.timeoutMs,
    signal: context.signal,
    onOutput: (text) => context.log(text),
    leftovers: context.leftovers,
  });
  context.signal.throwIfAborted();
  if (end.kind === 'exited' && end.code === 0) return;
  const detail = `"${step.run.join(' ')}" ${saying(end, step.timeoutMs)}`;
  context.log(`${detail}\n`);
  throw new TaskEnd('failed', 'step_failed', detail, end.kind === 'exited' ? end.code : undefined);
}

function saying(end: CommandEnd, timeoutMs: number): string {
  switch (end.kind) {
    case 'exited':
      return `exited ${end.code}`;
    case 'killed':
      return `was killed by ${end.signal}`;
    case 'not_started':
      return end.why;
    case 'timed_out':
      return `took longer than ${written(timeoutMs)}`;
    case 'too_many_processes':
      return `ran more than ${maxProcesses} processes at once`;
    case 'stopped':
      return 'was stopped';
  }
}

function filled(argument: string, values: Readonly<Record<string, string>>, step: BuildStep): string {
  try {
    return substitute(argument, values);
  } catch (error) {
    if (!(error instanceof UnknownNameError)) throw error;
    throw new TaskEnd('failed', 'name_unknown', `"${step.run.join(' ')}": ${error.message}`);
  }
}

/** 90000 is `1m30s`, as the definition writes durations. */
export function written(ms: number): string {
  const units: [number, string][] = [
    [3_600_000, 'h'],
    [60_000, 'm'],
    [1_000, 's'],
    [1, 'ms'],
  ];
  let rest = ms;
  let text = '';
  for (const [size, unit] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text || '0s';
}

import process from 'node:process';
import { readConfig, ConfigError } from '@signalbox/domain';
import type { z } from 'zod';
import type { ServiceConfig } from './config.js';
import { migrateService } from './migration-step.js';
import { startService } from './service.js';
import type { ServiceDefinition } from './service.js';

/** A stop takes nine at most; what hangs all the same must not make it ten. */
const usuallyStopsWithinMs = 9_500;

/**
 * Runs a process until SIGTERM, SIGINT or the end of its supervisor, then stops it: within ten seconds, with 0. One that
 * does not stop in time ends with 1 and a sentence; so does what keeps it from starting, a configuration fault with 2.
 */
export async function runMain(
  name: string,
  start: () => Promise<{ stop(): Promise<void> }>,
  stopsWithinMs = usuallyStopsWithinMs,
): Promise<void> {
  let running: { stop(): Promise<void> };
  try {
    running = await start();
  } catch (error) {
    process.exit(tellFault(name, error));
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    const overdue = setTimeout(() => {
      process.stderr.write(`${name}: did not stop within ${stopsWithinMs / 1000} s: ended as it is\n`);
      process.exit(1);
    }, stopsWithinMs);
    overdue.unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${name}: did not stop cleanly: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A supervisor that was killed leaves a closed channel: nobody would start us again, so we end too.
  if (process.connected) process.once('disconnect', stop);
}

/** Runs what ends by itself, and prints what it has done. Ends the process like `runMain` when it cannot. */
export async function runStep(name: string, step: () => Promise<readonly string[]>): Promise<void> {
  try {
    for (const line of await step()) process.stdout.write(`${line}\n`);
  } catch (error) {
    process.exit(tellFault(name, error));
  }
}

/** A service's program: without arguments the service, with `migrate` the step before it, whole or one part of it. */
export async function runService<S extends z.ZodObject>(
  definition: ServiceDefinition<ServiceConfig & z.output<S>>,
  schema: S,
  { argv, env }: Pick<NodeJS.Process, 'argv' | 'env'>,
): Promise<void> {
  const { name } = definition;
  const [command, part, ...more] = argv.slice(2);
  if (command === undefined) return runMain(name, () => startService(definition, readConfig(schema, env) as never));
  return runStep(name, async () => {
    if (command !== 'migrate' || more.length > 0)
      throw new ConfigError(`unknown command ${argv.slice(2).join(' ')}; there is migrate [database | topics]`);
    return migrateService(definition, part, env);
  });
}

/** @returns the exit code */
function tellFault(name: string, error: unknown): number {
  process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof ConfigError ? 2 : 1;
}

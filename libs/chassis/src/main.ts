import process from 'node:process';
import { ConfigError } from './config.js';

/**
 * Runs a process until SIGTERM, SIGINT or the end of its supervisor, then stops it. A configuration fault ends it with 2 and a sentence,
 * anything else that keeps it from starting with 1.
 */
export async function runMain(name: string, start: () => Promise<{ stop(): Promise<void> }>): Promise<void> {
  let running: { stop(): Promise<void> };
  try {
    running = await start();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${name}: ${message}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    const overdue = setTimeout(() => process.exit(1), 15_000);
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

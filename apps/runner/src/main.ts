import process from 'node:process';
import { ConfigError, readConfig } from '@signalbox/domain';
import { runnerConfig } from './config.js';
import { startRunner } from './runner.js';

try {
  const runner = await startRunner(readConfig(runnerConfig, process.env), process.env);
  const stop = () => void runner.stop().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, stop);
  }
  // It listens nowhere: whoever has started it is told.
  process.send?.('ready');
  // A supervisor that was killed leaves a closed channel: nobody would start us again, so we end too.
  if (process.connected) process.once('disconnect', stop);
} catch (error) {
  process.stderr.write(`runner: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

import { ConfigError } from '@signalbox/domain';
import { readTracing } from '@signalbox/messaging/otel';
import { readHostConfig } from './config.js';
import { startHost } from './host.js';

try {
  const starting = startHost(readHostConfig(process.env), readTracing(process.env));
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= starting.then(async (host) => host.stop()).then(() => process.exit(0)));
  // from the first moment and again and again: a host that dies of a signal leaves its children behind
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await starting;
} catch (error) {
  process.stderr.write(`host: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

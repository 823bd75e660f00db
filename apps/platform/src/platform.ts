import type { RunningService } from '@signalbox/chassis';
import type { ServiceVariables } from './config.js';
import { services } from './services.js';

/** Starts every service of the file in this process; stops those that started if one cannot. */
export async function startPlatform(variables: ServiceVariables): Promise<{ stop(): Promise<void> }> {
  const started = await Promise.allSettled(
    Object.entries(variables).map(([name, own]) => {
      const start = services[name];
      if (!start) throw new Error(`there is no service ${name}`);
      return start(own);
    }),
  );
  const running = started.filter(
    (result): result is PromiseFulfilledResult<RunningService> => result.status === 'fulfilled',
  );
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ value }) => value.stop()));
  };
  const failed = started.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { stop };
}

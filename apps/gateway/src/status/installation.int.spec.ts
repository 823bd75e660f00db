import { expect, it } from '@jest/globals';
import type { StatusReport } from '@signalbox/chassis';
import type { ServiceStatus } from '@signalbox/domain';
import { startSilentMachine } from '@signalbox/testing';
import { gather } from './installation.js';

/** Less than `signalbox doctor` waits for all that the gateway knows. */
const allMs = 5_000;

it('a service whose machine has vanished does not keep back what is known of the others', async () => {
  const machine = await startSilentMachine();
  const own = { read: async () => ({ service: 'gateway' }) as ServiceStatus } as StatusReport;
  try {
    const began = performance.now();
    const { services } = await gather({ own, upstreams: { planning: machine.url } });
    expect(performance.now() - began).toBeLessThan(allMs);
    expect(services).toMatchObject([
      { service: 'gateway', status: { service: 'gateway' } },
      { service: 'planning', url: machine.url, problem: 'no answer in 3.5s' },
    ]);
  } finally {
    await machine.stop();
  }
});

import { countUp, counted, echoed, noteEffects, openProbe } from './probe.ts';
import type { Counter, Probe, ProbeOptions } from './probe.ts';

/** A service process that fault tests kill: `node worker.ts '<options as JSON>'`. */
interface WorkerOptions extends ProbeOptions {
  readonly role: 'count' | 'echo' | 'note' | 'idle';
  /** For `count`: so many counters, each up to so much. */
  readonly counters?: number;
  readonly upTo?: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const probe = await openProbe(options);
if (options.role === 'echo') echoCounts(probe);
if (options.role === 'note') noteEffects(probe, echoed);
if (options.role === 'idle') noteEffects(probe, counted);
await probe.messaging.start();
console.log('ready');
if (options.role === 'count') await count(options.counters ?? 1, options.upTo ?? 1);
// Without this the supervising test has gone, and the process would stay behind.
process.stdin.resume().once('end', () => process.exit(0));

/** Goes on where an earlier life of this process was killed. */
async function count(counters: number, upTo: number): Promise<void> {
  const ids = Array.from({ length: counters }, (_, index) => `counter-${index}`);
  await Promise.all(ids.map((id) => countOne(id, upTo)));
}

async function countOne(id: string, upTo: number): Promise<void> {
  await probe.counters.createOnce({ id, value: 0 }, []);
  for (let value = 0; value < upTo;) {
    const step = (counter: Counter) => (counter.value < upTo ? countUp(counter) : { next: counter, events: [] });
    value = (await probe.counters.change(id, step)).state.value;
  }
}

function echoCounts({ counters, messaging }: Probe): void {
  messaging.on(counted, async (event) => {
    await counters.createOnce({ id: event.aggId, value: 0 }, []);
    await counters.change(event.aggId, (counter) => {
      if (counter.value !== event.content.value - 1) throw new Error(`${event.content.value} follows ${counter.value}`);
      return countUp(counter, echoed);
    });
  });
}

/** What no intake can be quicker than, with the same clients. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { atOnce, batches, chunked, event, load, perBatch, perSend, post, record } from './intake-load.mjs';
import { ProcessorTime } from './processor-time.mjs';

/** The least that keeping as many bytes takes, of events that are all new: a hundred rows in each INSERT and nothing else. */
export async function insertFloor(pool, time, count) {
  await pool.query('CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, key text, payload text)');
  const rows = Array.from({ length: count }, (_, number) => event(number));
  const parts = chunked(
    rows.map(({ id, data }) => [id, data.context.chainId, JSON.stringify(data)]),
    perBatch,
  );
  const usedBefore = time.read();
  const began = performance.now();
  await atOnce(batches, parts, (part) =>
    pool.query('INSERT INTO floor SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])', [
      part.map(([id]) => id),
      part.map(([, key]) => key),
      part.map(([, , payload]) => payload),
    ]),
  );
  const rate = (count * 1000) / (performance.now() - began);
  return { rate, perCore: count / ProcessorTime.between(usedBefore, time.read()).postgres };
}

/** The same batches over HTTP, parsed, kept and answered, and nothing else (intake-floor.mjs). */
export async function restFloor(postgres, database, count) {
  const env = { ...process.env, DATABASE_URL: database };
  const child = fork(join(import.meta.dirname, 'intake-floor.mjs'), { env });
  const [{ port }] = await once(child, 'message', { signal: AbortSignal.timeout(10_000) });
  try {
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const take = async (number) => {
      const parts = chunked(load(number).sent, perBatch).map((part) => Buffer.from(JSON.stringify(part)));
      const [time, began] = [new ProcessorTime({ floor: child.pid, postgres: postgres.pid }), performance.now()];
      const before = time.read();
      await atOnce(batches, parts, async (body) => {
        const { status, text } = await post({ port, headers }, body);
        if (status !== 202) throw new Error(`the floor answers ${status} ${text}`);
      });
      const used = ProcessorTime.between(before, time.read());
      return { rate: (number * 1000) / (performance.now() - began), perCore: number / (used.floor + used.postgres) };
    };
    await take(2_000);
    return await take(count);
  } finally {
    child.kill();
  }
}

/** The same client, the same records, and nobody who reads them. */
export async function produceFloor(broker, count) {
  const sends = chunked(
    Array.from({ length: count }, (_, number) => ({ ...record(event(number)), topic: 'signalbox.feedback' })),
    perSend,
  );
  const began = performance.now();
  for (const records of sends) await broker.sendBatch(records);
  return (count * 1000) / (performance.now() - began);
}

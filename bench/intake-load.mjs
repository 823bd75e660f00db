import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { inboundTopic, testSuiteRunFinished } from '@signalbox/domain';

export const source = { name: 'bench', prefix: '/bench' };
export const perBatch = 100;
export const perSend = 500;
/** Requests that are under way at once. */
export const [singles, batches] = [64, 8];
const agent = new Agent({ keepAlive: true, maxSockets: singles });

/** @returns the events in the order in which they are sent, and what must become of them */
export function load(count) {
  const sent = [];
  const expected = { accepted: 0, duplicates: 0, refused: 0 };
  const distinct = [];
  for (let number = 0; number < count; number += 1) {
    if (number % 100 === 50) {
      sent.push(invalid(number));
      expected.refused += 1;
    } else if (number % 5 === 4) {
      // Of any age, the event before it included.
      sent.push(distinct[Math.floor(Math.random() * distinct.length)]);
      expected.duplicates += 1;
    } else {
      distinct.push(event(number));
      sent.push(distinct.at(-1));
      expected.accepted += 1;
    }
  }
  return { sent, expected };
}

/** As large as most are: a suite's result with its links, about 900 bytes. */
export function event(number) {
  const [id, time] = [randomUUID(), new Date().toISOString()];
  const context = {
    version: '0.4.1',
    id,
    source: `${source.prefix}/ci`,
    type: testSuiteRunFinished.type,
    timestamp: time,
    chainId: `rel_${number % 1_000}`,
    links: [{ linkType: 'RELATION', linkKind: 'TRIGGER', target: { contextId: randomUUID() } }],
  };
  const content = { environment: { id: 'staging' }, outcome: 'success', testSuite: { id: 'api', name: 'API' } };
  const customData = { job: `https://ci.example.org/job/${number}`, log: 'x'.repeat(300) };
  const data = { context, subject: { id: `suite-${number}`, type: 'testSuiteRun', content }, customData };
  return { specversion: '1.0', id, source: context.source, type: context.type, time, data };
}

function invalid(number) {
  const found = event(number);
  const faults = [
    { source: '/elsewhere' },
    { time: 'noon' },
    { data: { ...found.data, subject: { id: 'suite', content: { outcome: 'green' } } } },
  ];
  return { ...found, ...faults[number % faults.length] };
}

/** Calls `work` for each item, so many at once. */
export async function atOnce(count, items, work) {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

export function chunked(list, size) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}

/** As it stands in the source's topic, with its attributes as headers. */
export function record({ data, ...attributes }) {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
  return {
    topic: inboundTopic(source),
    key: data.context.chainId,
    headers: Object.fromEntries(headers),
    value: JSON.stringify(data),
  };
}

/** @param to { port, path, headers } on this machine */
export function post(to, body) {
  return new Promise((resolve, reject) => {
    const call = request({ agent, method: 'POST', host: '127.0.0.1', ...to }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.once('end', () => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }));
    });
    call.once('error', reject);
    call.end(body);
  });
}

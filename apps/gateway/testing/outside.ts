import { randomUUID } from 'node:crypto';
import { inboundTopic } from '@signalbox/domain';
import type { OutgoingRecord } from '@signalbox/messaging';
import { ToldAnswers } from '@signalbox/testing';
import type { GatewayUnderTest } from './gateway-under-test.js';

const told = new ToldAnswers();

export const eventSources = 'argo=/argo,jenkins=https://ci.example.org/';
export const topic = inboundTopic({ name: 'argo' });

export interface CloudEvent {
  specversion: string;
  id: string;
  source?: string;
  type: string;
  time: string;
  [extension: string]: unknown;
  data: unknown;
}

/** What a deploy tool outside says; a type of which there is no contract here. */
export function aCloudEvent(more: Partial<CloudEvent> = {}): CloudEvent {
  const { id = randomUUID() } = more;
  const type = 'dev.cdevents.service.published.0.2.0';
  const time = '2026-11-26T10:00:00Z';
  return {
    specversion: '1.0',
    id,
    source: '/argo/prod',
    type,
    time,
    data: { context: { id, type, timestamp: time }, subject: { id: 'shop', content: { rank: 1 } } },
    ...more,
  };
}

export interface Intake {
  accepted: number;
  duplicates: number;
  refused: { index: number; id?: string; code: string; pointer: string; message: string }[];
}

/** Sends one event, or a batch, as a tool does that has no library. */
export async function publish(
  url: string,
  key: string,
  body: unknown,
  { source = 'argo', type }: { source?: string; type?: string } = {},
): Promise<Response> {
  const contentType = type ?? `application/cloudevents${Array.isArray(body) ? '-batch' : ''}+json`;
  const path = `/v1/event-sources/${source}/events`;
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': contentType },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  await told.check(url, 'POST', path, answer);
  return answer;
}

export function binaryRecord({ data, ...attributes }: CloudEvent): OutgoingRecord {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]);
  return {
    topic,
    key: 'k',
    headers: Object.fromEntries(headers) as Record<string, string>,
    value: JSON.stringify(data),
  };
}

export function structuredRecord(event: CloudEvent): OutgoingRecord {
  return { topic, key: 'k', headers: { 'content-type': 'application/cloudevents+json' }, value: JSON.stringify(event) };
}

/** What the archive has of these events, in the order in which it took them in. */
export async function archived(
  gateway: GatewayUnderTest,
  subject: string,
): Promise<{ source: string; topic: string }[]> {
  return gateway.database.query('SELECT source, topic FROM activity WHERE subject = $1 ORDER BY seq', [subject]);
}

export interface SourceFigures {
  name: string;
  prefix: string;
  topic: string;
  accepted: number;
  duplicates: number;
  refused: number;
  lastReceivedAt: string | null;
}

export async function figuresOf(gateway: GatewayUnderTest, name = 'argo'): Promise<SourceFigures> {
  const answer = await gateway.call('/v1/event-sources');
  const { items } = (await answer.json()) as { items: SourceFigures[] };
  const found = items.find((each) => each.name === name);
  if (!found) throw new Error(`no source ${name}`);
  return found;
}

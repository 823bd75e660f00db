import { inboundTopic, isCustomType, knownContracts, topicCatalogue, topics, topicsOfType } from '@signalbox/domain';
import type { EventContract, EventSource } from '@signalbox/domain';
import { z } from 'zod';

type Json = Record<string, unknown>;

export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0';
  readonly info: Json;
  readonly defaultContentType: string;
  readonly channels: Record<string, Json>;
  readonly operations: Record<string, Json>;
  readonly components: { readonly messages: Record<string, Json>; readonly schemas: Record<string, Json> };
}

interface Installation {
  /** Before the name of every topic. */
  readonly topicPrefix: string;
  readonly sources: readonly EventSource[];
}

const description =
  'What Signalbox publishes and takes in on Kafka. Every record is a CloudEvent 1.0 in binary mode (headers `ce_…`) whose ' +
  'value is a CDEvents 0.5.1 document. Readers skip types and fields that they do not know. An event may come again: its ' +
  '`ce_id` stays the same, and `ce_aggversion` rises by one with each event of an aggregate.';
const bindingVersion = '0.5.0';
const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };

/** The AsyncAPI 3.0 document of an installation: its topics, who writes them, and the events on each. */
export function describeEvents({ topicPrefix, sources }: Installation): AsyncApiDocument {
  const contracts = [...knownContracts().values()].toSorted((a, b) => (a.type < b.type ? -1 : 1));
  const own = Object.entries(topics).map(([name, topic]) => {
    const on = contracts.filter((contract) => topicsOfType(contract).includes(topic));
    return [name, channelOf(topicPrefix + topic, on.map(nameOf), topic)] as const;
  });
  const outside = sources.map(
    (source) => [`inbound-${source.name}`, channelOf(topicPrefix + inboundTopic(source), [anyEvent])] as const,
  );
  return {
    asyncapi: '3.0.0',
    info: { title: 'Signalbox events', version: '1', description },
    defaultContentType: 'application/json',
    channels: Object.fromEntries([...own, ...outside]),
    operations: Object.fromEntries([
      ...own.map(([name]) => [`send-${name}`, operation('send', name, `Signalbox publishes on ${name}`)]),
      ...outside.map(([name]) => [
        `receive-${name}`,
        operation('receive', name, 'Signalbox takes in what a tool does'),
      ]),
    ]),
    components: {
      messages: Object.fromEntries([
        ...contracts.map((contract) => [contract.type, messageOf(contract)]),
        ...(outside.length > 0 ? [[anyEvent, messageOfOthers]] : []),
      ]),
      schemas: { Headers: headers, Links: links },
    },
  };
}

const anyEvent = 'event-from-outside';

function nameOf({ type }: EventContract): string {
  return type;
}

function channelOf(address: string, messages: readonly string[], topic?: string): Json {
  const isCompacted = topicCatalogue.find(({ name }) => name === topic)?.compacted ?? false;
  const policy = isCompacted ? 'compact' : 'delete';
  return {
    address,
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { kafka: { topicConfiguration: { 'cleanup.policy': [policy] }, bindingVersion } },
  };
}

function operation(action: 'send' | 'receive', channel: string, summary: string): Json {
  return { action, channel: { $ref: `#/channels/${channel}` }, summary };
}

function messageOf(contract: EventContract): Json {
  const key = contract.topic === topics.reference ? '<type>/<aggregate id>' : 'the release id, or the aggregate’s';
  return {
    name: contract.type,
    headers: { $ref: '#/components/schemas/Headers' },
    payload: documentOf(contract),
    bindings: { kafka: { key: { ...text, description: key }, bindingVersion } },
  };
}

function documentOf(contract: EventContract): Json {
  const custom = isCustomType(contract) ? undefined : schemaOf(contract.customData);
  return {
    type: 'object',
    properties: {
      context: {
        type: 'object',
        properties: {
          specversion: text,
          id: text,
          source: text,
          type: { ...text, const: contract.type },
          timestamp: time,
          chainId: { ...text, description: 'The release' },
          links: { $ref: '#/components/schemas/Links' },
        },
        required: ['specversion', 'id', 'source', 'type', 'timestamp'],
      },
      subject: {
        type: 'object',
        properties: { id: text, source: text, content: schemaOf(contract.content) },
        required: ['id', 'content'],
      },
      ...(custom && { customData: custom }),
    },
    required: ['context', 'subject', ...(custom ? ['customData'] : [])],
  };
}

/** AsyncAPI's own schemas are of draft 7; open, since readers take what they do not know. */
function schemaOf(part: z.ZodType): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(part, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return schema;
}

const headers: Json = {
  type: 'object',
  properties: {
    ce_specversion: { ...text, const: '1.0' },
    ce_id: text,
    ce_source: text,
    ce_type: text,
    ce_subject: text,
    ce_time: time,
    'content-type': { ...text, const: 'application/json' },
    ce_chainid: { ...text, description: 'The release' },
    ce_causationid: { ...text, description: 'The `ce_id` of the event that caused this one' },
    ce_aggid: { ...text, description: 'The aggregate that says it' },
    ce_aggversion: { ...text, description: 'The number of the event among those of its aggregate' },
    traceparent: text,
  },
  required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'content-type'],
};

const links: Json = {
  type: 'array',
  items: {
    type: 'object',
    properties: { linkType: { ...text, enum: ['PATH', 'END', 'RELATION'] }, linkKind: text },
    required: ['linkType'],
  },
};

const messageOfOthers: Json = {
  name: 'CloudEvent',
  summary: 'A CloudEvent 1.0, binary or structured, whose data is a CDEvents document',
  payload: {
    type: 'object',
    properties: {
      context: { type: 'object', properties: { chainId: { ...text, description: 'The release' } } },
      subject: { type: 'object', properties: { id: text, content: { type: 'object' } }, required: ['id'] },
      customData: {},
    },
    required: ['context', 'subject'],
  },
  bindings: { kafka: { key: { ...text, description: 'events of one key stay in order' }, bindingVersion } },
};

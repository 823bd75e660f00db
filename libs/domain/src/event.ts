import { z } from 'zod';

/** Topics, one per publishing service, and the compacted topic of what others must know. A prefix is added per installation. */
export const topics = {
  planning: 'signalbox.planning',
  build: 'signalbox.build',
  test: 'signalbox.test',
  deployment: 'signalbox.deployment',
  monitoring: 'signalbox.monitoring',
  feedback: 'signalbox.feedback',
  reference: 'signalbox.reference',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

export interface CatalogueTopic {
  readonly name: string;
  /** Of the embedded log; on Kafka the one of a compacted topic alone, the others are as many as its configuration says. */
  readonly partitions: number;
  readonly compacted: boolean;
}

/** Partition counts decide key order and are therefore fixed for life. */
export const topicCatalogue: readonly CatalogueTopic[] = Object.values(topics).map((name) => ({
  name,
  partitions: name === topics.reference ? 1 : 12,
  compacted: name === topics.reference,
}));

/** A CDEvents link: RELATION to the request's event, or PATH back to the event that caused this one. */
export const eventLink = z.discriminatedUnion('linkType', [
  z.object({ linkType: z.literal('PATH'), from: z.object({ contextId: z.string() }) }),
  z.object({ linkType: z.literal('END'), from: z.object({ contextId: z.string() }) }),
  z.object({
    linkType: z.literal('RELATION'),
    linkKind: z.string(),
    target: z.object({ contextId: z.string() }),
  }),
]);
export type EventLink = z.infer<typeof eventLink>;

/** One event type: its wire name, its topic, and the shape of what it carries. */
export interface EventContract<C extends z.ZodType = z.ZodType, D extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly topic: Topic;
  /** `subject.content`: ours for custom types, closed by the standard for CDEvents' own. */
  readonly content: C;
  /** `customData`: what is ours in a standard type. */
  readonly customData: D;
}

/** What a decision says has happened; the store adds id, time, source and the aggregate's version. */
export interface EventDraft {
  readonly type: string;
  readonly topic: Topic;
  /** The release id; where there is none, the aggregate's id; on the reference topic `<type>/<aggregate id>`. */
  readonly key: string;
  /** `subject.id` */
  readonly subject: string;
  readonly content: object;
  readonly customData?: object;
  /** The release this event belongs to; becomes the CDEvents chain id. */
  readonly chainId?: string;
  readonly links?: readonly EventLink[];
}

/** An event as a handler sees it, validated against its contract. */
export interface ReceivedEvent<C = unknown, D = unknown> {
  /** The CloudEvents id; a uuid on our own topics. */
  readonly id: string;
  /** A uuid on all topics: ids from outside are unique only for their source. */
  readonly identity: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly time: Date;
  readonly topic: string;
  readonly key: string;
  readonly chainId?: string;
  readonly causationId?: string;
  readonly aggId: string;
  readonly aggVersion: number;
  readonly links: readonly EventLink[];
  readonly content: C;
  readonly customData: D;
}

export type EventOf<T extends EventContract> = ReceivedEvent<z.output<T['content']>, z.output<T['customData']>>;

interface DraftFields<C, D> {
  subject: string;
  key?: string;
  chainId?: string;
  content: C;
  customData?: D;
  links?: readonly EventLink[];
}

/** Drafts an event; throws a ZodError when the fields do not fit the contract (a defect of the caller). */
export function draft<C extends z.ZodType, D extends z.ZodType>(
  contract: EventContract<C, D>,
  fields: DraftFields<z.input<C>, z.input<D>>,
): EventDraft {
  const customData = contract.customData.parse(fields.customData) as object | undefined;
  return {
    type: contract.type,
    topic: contract.topic,
    key: fields.key ?? fields.chainId ?? fields.subject,
    subject: fields.subject,
    content: contract.content.parse(fields.content) as object,
    ...(customData === undefined ? {} : { customData }),
    ...(fields.chainId === undefined ? {} : { chainId: fields.chainId }),
    ...(fields.links === undefined ? {} : { links: fields.links }),
  };
}

const contracts = new Map<string, EventContract>();

function register<C extends z.ZodType, D extends z.ZodType>(contract: EventContract<C, D>): EventContract<C, D> {
  if (contracts.has(contract.type)) throw new Error(`event type ${contract.type} is defined twice`);
  contracts.set(contract.type, contract);
  return contract;
}

/** Every event type this build knows, by wire name. */
export function knownContracts(): ReadonlyMap<string, EventContract> {
  return contracts;
}

/** A type of our own: `dev.cdeventsx.signalbox-<subject>.<predicate>.<version>`; the payload is `subject.content`. */
export function customEvent<C extends z.ZodType>(
  topic: Topic,
  name: `${string}.${string}`,
  content: C,
  version = '0.1.0',
): EventContract<C, z.ZodOptional<z.ZodUndefined>> {
  return register({
    type: `dev.cdeventsx.signalbox-${name}.${version}`,
    topic,
    content,
    customData: z.undefined().optional(),
  });
}

/** One of CDEvents' own types; `content` must fit the official schema, ours travels in `customData`. */
export function standardEvent<C extends z.ZodType, D extends z.ZodType>(
  topic: Topic,
  name: `${string}.${string}`,
  content: C,
  customData: D,
  version = '0.3.0',
): EventContract<C, D> {
  return register({ type: `dev.cdevents.${name}.${version}`, topic, content, customData });
}

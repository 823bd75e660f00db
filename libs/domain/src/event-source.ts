import { z } from 'zod';
import { topicCatalogue } from './event.js';
import type { CatalogueTopic } from './event.js';

/** Somebody outside whose events are taken in: on a topic of its own, and with sources of its own. */
export interface EventSource {
  readonly name: string;
  /** A URI or a path: the CloudEvents `source` of its events is this, or lies under it. */
  readonly prefix: string;
}

export const sourceNameForm = /^[a-z][a-z0-9-]{0,39}$/;
const prefixForm = /^(?:[a-z][a-z0-9+.-]*:|\/)\S*$/;
/** `.` and `..`, by which a URI would lead out of what it seems to lie under. */
const dotSegment = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;
/** Under which every service of ours has its source. */
const ownPrefix = '/signalbox/';
export const inboundPrefix = 'signalbox.inbound.';
export const inboundPartitions = 12;

export function isUnder(uri: string, prefix: string): boolean {
  if (dotSegment.test(uri)) return false;
  return uri === prefix || uri.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** The topic on which a source's events come in, and which it may write itself. */
export function inboundTopic({ name }: Pick<EventSource, 'name'>): string {
  return `${inboundPrefix}${name}`;
}

export function isInbound(topic: string): boolean {
  return topic.startsWith(inboundPrefix);
}

/** The name of the source whose topic it is. */
export function sourceOfTopic(topic: string): string | undefined {
  return isInbound(topic) ? topic.slice(inboundPrefix.length) : undefined;
}

/** Our own topics and those of these sources. */
export function topicCatalogueWith(sources: readonly EventSource[]): CatalogueTopic[] {
  return [
    ...topicCatalogue,
    ...sources.map((source) => ({ name: inboundTopic(source), partitions: inboundPartitions, compacted: false })),
  ];
}

/** `jenkins=https://ci.example.org/,argo=/argo`: what an operator declares, for all services alike. */
export const eventSources = z
  .string()
  .default('')
  .transform((text, context): readonly EventSource[] => {
    const sources = text
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map(sourceOf);
    for (const message of faultsOf(sources)) context.addIssue({ code: 'custom', message });
    return sources;
  });

function sourceOf(entry: string): EventSource {
  const [name = '', ...prefix] = entry.trim().split('=');
  return { name, prefix: prefix.join('=') };
}

function faultsOf(sources: readonly EventSource[]): string[] {
  return sources.flatMap(({ name, prefix }, index) => {
    if (!sourceNameForm.test(name))
      return [`"${name}" is no name: a lower-case letter, then up to 39 of a-z, 0-9 and -; NAME=PREFIX,…`];
    if (!prefixForm.test(prefix) || dotSegment.test(prefix))
      return [`${name}: "${prefix}" is no prefix of its events' sources: a URI or a path, such as ${name}=/${name}`];
    const before = sources.slice(0, index);
    if (before.some((other) => other.name === name)) return [`${name} is declared twice`];
    const own = { name: 'Signalbox itself', prefix: ownPrefix };
    const other = [own, ...before].find((each) => isUnder(each.prefix, prefix) || isUnder(prefix, each.prefix));
    return other ? [`${name}: nobody could tell its events from those of ${other.name} (${other.prefix})`] : [];
  });
}

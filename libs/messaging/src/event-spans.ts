import type { EventDraft, ReceivedEvent } from '@signalbox/domain';
import { goOnFrom } from './tracing.js';
import type { Attributes, Span, Tracer } from './tracing.js';

/** What an event's writer knows of its trace. */
export interface WriterTrace {
  readonly tracer?: Tracer | undefined;
  /** Of the aggregate that says it, if that has a trace of its own. */
  readonly own?: string | undefined;
  readonly current: string | undefined;
  /** Spans of what is undone are never told. */
  afterCommit(hook: () => void): void;
}

/** @returns the traceparent that the event carries */
export function traceWriting(
  { tracer, own, current, afterCommit }: WriterTrace,
  { topic, type, subject, key, chainId }: EventDraft,
  id: string,
): string | undefined {
  const parent = goOnFrom(own, current);
  if (!tracer || parent === undefined) return parent;
  const link = current === parent ? undefined : current;
  const more = attributesOf(tracer, 'create', { topic, type, subject, key, chainId, id });
  const span = tracer.start({ name: `create ${topic}`, kind: 'producer', parent, link, attributes: more });
  afterCommit(() => span.end());
  return span.traceparent;
}

/** Undefined where there is nothing to go on from: a trace begins where somebody calls, not at a heartbeat. */
export function traceHandling(
  tracer: Tracer | undefined,
  event: ReceivedEvent,
  consumer: string,
  traceparent: string | undefined,
): Span | undefined {
  if (!tracer || traceparent === undefined) return undefined;
  const attributes = {
    ...attributesOf(tracer, 'process', event),
    'messaging.consumer.group.name': `signalbox-${consumer}`,
  };
  return tracer.start({ name: `process ${event.topic}`, kind: 'consumer', parent: traceparent, attributes });
}

function attributesOf(
  { messagingSystem }: Tracer,
  operation: 'create' | 'process',
  event: Pick<ReceivedEvent, 'topic' | 'type' | 'subject' | 'key' | 'id'> & { chainId?: string | undefined },
): Attributes {
  return {
    'messaging.system': messagingSystem,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': event.topic,
    'messaging.message.id': event.id,
    'messaging.kafka.message.key': event.key,
    'cloudevents.event_id': event.id,
    'cloudevents.event_type': event.type,
    'cloudevents.event_subject': event.subject,
    // The release's id: how its trace is found.
    ...(event.chainId !== undefined && { 'signalbox.chain.id': event.chainId }),
  };
}

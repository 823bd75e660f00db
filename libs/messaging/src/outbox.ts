import { topicsOf } from '@signalbox/domain';
import type { EventDraft, ReceivedEvent } from '@signalbox/domain';
import { v7 as uuidv7 } from 'uuid';
import { currentEvent, currentTraceparent } from './ambient.js';
import { encodeEvent } from './codec.js';
import type { Envelope } from './envelope.js';
import { traceWriting } from './event-spans.js';
import type { WriterTrace } from './event-spans.js';
import type { Tx } from './ports.js';
import { isTraceparent } from './tracing.js';

const sourcePrefix = '/signalbox/';
const untraced = { afterCommit: () => undefined };

/** A drafted event with the aggregate that says it, and the number of the event among that aggregate's events. */
export interface OutboxEntry {
  readonly draft: EventDraft;
  readonly aggId: string;
  readonly aggVersion: number;
}

/**
 * Writes events into the outbox, in order, in one statement. It must be the last write of its transaction, after the
 * aggregates' rows are locked: the ids drawn here are the order in which the events go out.
 * @param writer the trace of the aggregate that speaks, and where spans are made; else events carry on the current one
 * @returns the event ids
 * @throws on a topic that is not the service's to publish on: Kafka would refuse it, and with it all that follows
 */
export function appendOutbox(
  tx: Tx,
  source: string,
  entries: readonly OutboxEntry[],
  writer: Omit<WriterTrace, 'current'> = untraced,
): string[] {
  if (entries.length === 0) return [];
  const { publishes } = topicsOf(source.slice(sourcePrefix.length));
  const foreign = entries.find(({ draft }) => !publishes.includes(draft.topic));
  if (foreign) throw new Error(`${source} does not publish on ${foreign.draft.topic} (serviceTopics)`);
  const cause = currentEvent();
  const current = currentTraceparent();
  const rows = entries.map(({ draft, aggId, aggVersion }) => {
    const id = uuidv7();
    const encoded = encodeEvent(draft, {
      id,
      source,
      time: new Date(),
      aggId,
      aggVersion,
      chainId: draft.chainId ?? cause?.chainId,
      causationId: cause?.id,
      traceparent: traceWriting({ ...writer, current }, draft, id),
    });
    return { id, draft, aggVersion, ...encoded };
  });
  insert(
    tx,
    rows.map(({ id, draft, aggVersion, headers, payload }) => {
      const { topic, key, type } = draft;
      return { id, topic, key, aggVersion, type, headers, payload };
    }),
  );
  return rows.map((row) => row.id);
}

/** An event from outside that is taken in, and how it came. */
export interface InboundEntry {
  readonly event: ReceivedEvent;
  readonly envelope: Envelope;
  readonly payload: string;
}

/** Sends events from outside on to their source's topic, as they came. */
export function appendInbound(tx: Tx, entries: readonly InboundEntry[]): void {
  if (entries.length === 0) return;
  const current = currentTraceparent();
  insert(
    tx,
    entries.map(({ event: { identity, topic, key, type }, envelope, payload }) => {
      const { traceparent, datacontenttype: _, ...attributes } = envelope.attributes;
      const trace = isTraceparent(traceparent) ? traceparent : current;
      const named = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value]);
      const headers = {
        ...(Object.fromEntries(named) as Record<string, string>),
        'content-type': 'application/json',
        ...(trace !== undefined && { traceparent: trace }),
      };
      return { id: identity, topic, key, aggVersion: 0, type, headers, payload };
    }),
  );
}

interface OutboxRow {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly aggVersion: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

function insert(tx: Tx, rows: readonly OutboxRow[]): void {
  tx.execute(
    `INSERT INTO outbox (event_id, topic, key, agg_version, type, headers, payload)
     SELECT event_id, topic, key, agg_version, type, headers, payload
     FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::jsonb[], $7::text[]) WITH ORDINALITY
       AS entry (event_id, topic, key, agg_version, type, headers, payload, place)
     ORDER BY place`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.topic),
      rows.map((row) => row.key),
      rows.map((row) => row.aggVersion),
      rows.map((row) => row.type),
      rows.map((row) => JSON.stringify(row.headers)),
      rows.map((row) => row.payload),
    ],
  );
}

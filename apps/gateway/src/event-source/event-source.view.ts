import { inboundTopic } from '@signalbox/domain';
import type { Database } from '@signalbox/persistence';
import type { GatewayConfig } from '../config.js';

/** A source as operators see it. */
export interface EventSourceFigures {
  name: string;
  prefix: string;
  topic: string;
  /** Taken in for good, over whichever way it came. */
  accepted: number;
  duplicates: number;
  refused: number;
  lastReceivedAt: string | null;
}

/** An event that was not taken in. */
export interface KeptRefusal {
  seq: number;
  at: string;
  /** What it says of itself, as far as it does. */
  id: string | null;
  type: string | null;
  code: string;
  message: string;
  pointer: string;
}

interface TallyRow {
  source: string;
  accepted: string;
  duplicates: string;
  refused: string;
  last: Date | null;
}

export class EventSourceView {
  constructor(
    private readonly database: Database,
    private readonly config: Pick<GatewayConfig, 'EVENT_SOURCES' | 'TOPIC_PREFIX'>,
  ) {}

  async list(): Promise<EventSourceFigures[]> {
    const rows = await this.database.query<TallyRow>(
      `SELECT source, sum(accepted) AS accepted, sum(duplicates) AS duplicates, sum(refused) AS refused,
         max(last_received_at) AS last FROM event_source_tally GROUP BY source`,
    );
    const tallies = new Map(rows.map((row) => [row.source, row]));
    const { EVENT_SOURCES: sources, TOPIC_PREFIX: prefix } = this.config;
    return sources.map((source) => {
      const tally = tallies.get(source.name);
      return {
        name: source.name,
        prefix: source.prefix,
        topic: prefix + inboundTopic(source),
        accepted: Number(tally?.accepted ?? 0),
        duplicates: Number(tally?.duplicates ?? 0),
        refused: Number(tally?.refused ?? 0),
        lastReceivedAt: tally?.last?.toISOString() ?? null,
      };
    });
  }

  /** The newest first. @param before a `seq`; only what is older */
  async refusals(source: string, before: number | undefined, limit: number): Promise<KeptRefusal[]> {
    const rows = await this.database.query<Omit<KeptRefusal, 'seq' | 'at'> & { seq: string; at: Date }>(
      `SELECT seq, at, event_id AS id, type, code, message, pointer FROM event_refusal
       WHERE source = $1 AND ($2::bigint IS NULL OR seq < $2) ORDER BY seq DESC LIMIT $3`,
      [source, before ?? null, limit],
    );
    return rows.map(({ seq, at, ...row }) => ({ seq: Number(seq), at: at.toISOString(), ...row }));
  }
}

import { inboundTopic } from '@signalbox/domain';
import { tell, waitFor } from './findings.js';
import type { Finding } from './findings.js';
import { outside } from './publishers.js';
import type { Publishers } from './publishers.js';
import type { World } from './world.js';

/** What a gateway has answered for is in the archive: nothing less, nothing more, and nothing twice. */
export class PublishedCheck {
  private seen = { acknowledged: 0, complaints: 0, seq: 0 };

  constructor(
    private readonly world: World,
    private readonly publishers: Publishers,
  ) {}

  /** Of what has come since the last check. */
  async check(finding: Finding, catchUpMs: number): Promise<void> {
    const { acknowledged, complaints } = this.publishers;
    const expected = acknowledged - this.seen.acknowledged;
    const isArchived = async () => (await this.archived()).events >= expected;
    const late = await waitFor(isArchived, { withinMs: catchUpMs, what: 'events from outside to be archived' });
    const { rows, events, seq } = await this.archived();
    tell(finding, expected, [
      ...late,
      ...complaints.slice(this.seen.complaints),
      ...(events === expected ? [] : [`${expected} events from outside were answered for, ${events} are archived`]),
      ...(rows === events ? [] : [`${rows - events} events from outside are archived twice`]),
    ]);
    this.seen = { acknowledged, complaints: complaints.length, seq };
  }

  private async archived(): Promise<{ rows: number; events: number; seq: number }> {
    const [row] = await this.world.database('gateway').query<{ rows: number; events: number; seq: string | null }>(
      `SELECT count(*)::int AS rows, count(DISTINCT event_id)::int AS events, max(seq) AS seq
         FROM activity WHERE seq > $1 AND topic = $2`,
      [this.seen.seq, inboundTopic(outside)],
    );
    return { rows: row?.rows ?? 0, events: row?.events ?? 0, seq: Number(row?.seq ?? this.seen.seq) };
  }
}

import { applicationDefined, isInbound, planningAlive, releasePlanned, storableJson } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import type { Tx } from '@signalbox/messaging';
import { aboutOf } from './activity.js';

export const activitiesKept = { table: 'activity', column: 'received_at', days: 400 };

/** The archive of every event. The consumer's inbox makes each event one row. */
export class ActivityStore {
  /** In their order; one statement, however many they are. */
  append(tx: Tx, events: readonly ReceivedEvent[]): void {
    // A beat every five seconds says nothing to anybody afterwards.
    const kept = events.filter(({ type }) => type !== planningAlive.type);
    if (kept.length === 0) return;
    // Held until commit, so that no reader can see a number before all smaller ones, and that who learns of a release
    // sees all of it that is there.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('activity'))");
    for (const event of kept) this.learn(tx, event);
    const about = kept.map(aboutOf);
    tx.execute(
      `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, release_id, application, causation_id, content, custom_data)
       SELECT nextval('activity_seq'), event_id, type, source, subject, topic, at, release_id,
         coalesce(known.application, told.application), causation_id, content, custom_data
       FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
           $8::text[], $9::text[], $10::jsonb[], $11::jsonb[]) WITH ORDINALITY
           AS event (event_id, type, source, subject, topic, at, release_id, application, causation_id, content, custom_data, place)
         ) told LEFT JOIN known_release known USING (release_id) ORDER BY place`,
      [
        kept.map((event) => event.identity),
        kept.map((event) => event.type),
        kept.map((event) => event.source),
        kept.map((event) => event.subject),
        kept.map((event) => event.topic),
        kept.map((event) => event.time),
        about.map(({ releaseId }) => releaseId ?? null),
        about.map(({ application }) => application ?? null),
        kept.map((event) => event.causationId ?? null),
        kept.map((event) => storableJson(event.content)),
        kept.map((event) => (event.customData === undefined ? null : storableJson(event.customData))),
      ],
    );
  }

  /** Only from ourselves: who may see what hangs on it. */
  private learn(tx: Tx, event: ReceivedEvent): void {
    if (isInbound(event.topic)) return;
    const { releaseId, application } = aboutOf(event);
    if (event.type === applicationDefined.type && application !== undefined) {
      const { team } = event.content as { team: string };
      tx.execute(
        'INSERT INTO known_application VALUES ($1, $2) ON CONFLICT (application) DO UPDATE SET team = excluded.team',
        [application, team],
      );
    }
    if (event.type === releasePlanned.type && releaseId !== undefined) {
      tx.execute('INSERT INTO known_release VALUES ($1, $2) ON CONFLICT DO NOTHING', [releaseId, application]);
      // Topics have no mutual order: events of this release may have come before it.
      tx.execute('UPDATE activity SET application = $2 WHERE release_id = $1 AND application IS NULL', [
        releaseId,
        application,
      ]);
    }
  }
}

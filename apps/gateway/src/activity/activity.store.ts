import { applicationDefined, planningAlive, releasePlanned, storableJson } from '@signalbox/domain';
import type { ReceivedEvent } from '@signalbox/domain';
import type { Tx } from '@signalbox/messaging';
import { aboutOf } from './activity.js';

const keptDays = 400;

/** The archive of every event. The consumer's inbox makes each event one row. */
export class ActivityStore {
  async append(tx: Tx, event: ReceivedEvent): Promise<void> {
    // A beat every five seconds says nothing to anybody afterwards.
    if (event.type === planningAlive.type) return;
    const { releaseId, application } = aboutOf(event);
    // Held until commit, so that no reader can see a number before all smaller ones, and that who learns of a release
    // sees all of it that is there.
    await tx.query("SELECT pg_advisory_xact_lock(hashtext('activity'))");
    await this.learn(tx, event, releaseId, application);
    await tx.query(
      `INSERT INTO activity (seq, event_id, type, source, subject, topic, at, release_id, application, causation_id, content, custom_data)
       VALUES (nextval('activity_seq'), $1, $2, $3, $4, $5, $6, $7,
               coalesce($8, (SELECT application FROM known_release WHERE release_id = $7)), $9, $10, $11)`,
      [
        event.id,
        event.type,
        event.source,
        event.subject,
        event.topic,
        event.time,
        releaseId ?? null,
        application ?? null,
        event.causationId ?? null,
        storableJson(event.content),
        event.customData === undefined ? null : storableJson(event.customData),
      ],
    );
  }

  async purge(tx: Tx): Promise<void> {
    await tx.query(`DELETE FROM activity WHERE at < now() - interval '${keptDays} days'`);
  }

  private async learn(
    tx: Tx,
    event: ReceivedEvent,
    releaseId: string | undefined,
    application: string | undefined,
  ): Promise<void> {
    if (event.type === applicationDefined.type && application !== undefined) {
      const { team } = event.content as { team: string };
      await tx.query(
        'INSERT INTO known_application VALUES ($1, $2) ON CONFLICT (application) DO UPDATE SET team = excluded.team',
        [application, team],
      );
    }
    if (event.type === releasePlanned.type && releaseId !== undefined) {
      await tx.query('INSERT INTO known_release VALUES ($1, $2) ON CONFLICT DO NOTHING', [releaseId, application]);
      // Topics have no mutual order: events of this release may have come before it.
      await tx.query('UPDATE activity SET application = $2 WHERE release_id = $1 AND application IS NULL', [
        releaseId,
        application,
      ]);
    }
  }
}

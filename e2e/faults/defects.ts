import { rmSync, writeFileSync } from 'node:fs';
import { eventually } from '@signalbox/testing';
import { Client } from 'pg';
import { lasting } from './fault.js';
import type { Scene } from './fault.js';
import type { Invariant } from './findings.js';
import { plantTrigger } from './planted-trigger.js';
import { killAll, peakMemoryOf } from './processes.js';

/** A product that breaks a promise: what the harness is worth shows in whether it says so. */
export interface Defect {
  readonly name: string;
  readonly breaks: Invariant;
  /** What is said of it. */
  readonly says: RegExp;
  /** @returns what mends it */
  plant(scene: Scene): Promise<() => Promise<void>>;
}

const heldBytes = 600 * 2 ** 20;
/** Longer than two looks at memory are apart. */
const heldForMs = 2_500;
const sometimes = 'random() < 0.2';

/** Planted by the database, so that the services are those that users run. */
export const defects: readonly Defect[] = [
  {
    name: 'sessions that are never closed',
    breaks: 'I8',
    says: /sessions, \d+ at the start/,
    async plant({ world }) {
      const leak = Array.from({ length: 150 }, () => {
        const client = new Client({ connectionString: world.database('planning').address() });
        client.on('error', () => undefined);
        return client;
      });
      for (const client of leak) await client.connect();
      return async () => {
        await Promise.all(leak.map((client) => client.end()));
      };
    },
  },
  trigger({
    name: 'an outbox that keeps what was sent',
    breaks: 'I8',
    says: /\d+ rows stay in outboxes/,
    on: ['planning', 'BEFORE DELETE ON outbox'],
    does: 'RETURN NULL;',
  }),
  {
    name: 'a process that holds too much for a moment',
    breaks: 'I8',
    says: /a process of planning held \d+ MB/,
    async plant({ world }) {
      const holds = `globalThis.held = Buffer.alloc(${heldBytes}, 1);`;
      const preload = `data:text/javascript,${encodeURIComponent(holds)}`;
      const guest = await world.join('planning', { NODE_OPTIONS: `--import=${preload}` });
      const { pid = 0 } = guest;
      await eventually(() => peakMemoryOf(pid) > heldBytes, { withinMs: 30_000, what: 'it to hold that' });
      await lasting(heldForMs);
      // When invariants are looked at, it is gone.
      await killAll([guest]);
      return () => Promise.resolve();
    },
  },
  trigger({
    name: 'a service that forgets what it was asked',
    breaks: 'I1',
    says: /has [2-9] effects/,
    on: ['planning', 'BEFORE INSERT ON idempotency'],
    does: 'RETURN NULL;',
  }),
  {
    name: 'an intake that loses what it has answered for',
    breaks: 'I1',
    says: /events from outside were answered for, \d+ are archived/,
    async plant(scene) {
      const loses = `IF ${sometimes} THEN RETURN NULL; END IF; RETURN NEW;`;
      const mend = await plantTrigger(scene, ['gateway', 'BEFORE INSERT ON outbox'], loses);
      const received = async () => {
        const rows = await scene.world
          .database('gateway')
          .query<{ count: number }>('SELECT count(*)::int FROM inbound_event');
        return rows[0]?.count ?? 0;
      };
      const before = await received();
      await eventually(async () => (await received()) > before, { withinMs: 20_000, what: 'a batch to be taken in' });
      return mend;
    },
  },
  trigger({
    name: 'a projection that leaves events out',
    breaks: 'I4',
    says: /is not in the archive/,
    on: ['gateway', 'BEFORE INSERT ON activity'],
    does: `IF ${sometimes} THEN RETURN NULL; END IF; RETURN NEW;`,
  }),
  trigger({
    name: 'an archive that changes what it was told',
    breaks: 'I4',
    says: /is in the archive with another content/,
    on: ['gateway', 'BEFORE INSERT ON activity'],
    does: `IF ${sometimes} THEN NEW.content := NEW.content || '{"planted": true}'; END IF; RETURN NEW;`,
  }),
  trigger({
    name: 'a copy that changes what it was told',
    breaks: 'I4',
    says: /feedback says of release \S+: .*planted/,
    on: ['feedback', 'BEFORE INSERT ON release'],
    does: "NEW.version := 'planted'; RETURN NEW;",
  }),
  trigger({
    name: 'a consumer that passes events over',
    breaks: 'I3',
    says: /feedback has not taken \S+/,
    on: ['feedback', 'BEFORE INSERT ON inbox'],
    does: `IF ${sometimes} THEN RETURN NULL; END IF; RETURN NEW;`,
  }),
  {
    name: 'an inbox that forgets, and events that come twice',
    breaks: 'I2',
    says: /have applied event \S+ twice/,
    async plant(scene) {
      const forgets = 'DELETE FROM inbox WHERE event_id = NEW.event_id; RETURN NULL;';
      const mend = await plantTrigger(scene, ['executors', 'AFTER INSERT ON inbox'], forgets);
      const stopResending = await plantTrigger(scene, ['planning', 'BEFORE DELETE ON outbox'], 'RETURN NULL;');
      const twice = 'SELECT 1 FROM note GROUP BY event_id HAVING count(*) > 1 LIMIT 1';
      await eventually(async () => (await scene.world.database('executors').query(twice)).length > 0, {
        withinMs: 20_000,
        what: 'an event to come twice',
      });
      await stopResending();
      return mend;
    },
  },
  trigger({
    name: 'a publisher that counts wrongly',
    breaks: 'I3',
    says: /consumer: .* where \d+ follows/,
    on: ['planning', 'BEFORE INSERT ON outbox'],
    does: `IF ${sometimes} THEN NEW.headers := jsonb_set(NEW.headers, '{ce_aggversion}', to_jsonb((NEW.agg_version + 1)::text)); END IF; RETURN NEW;`,
  }),
  {
    name: 'a relay that skips events',
    breaks: 'I6',
    says: /was committed and is not in the log/,
    async plant(scene) {
      const planning = scene.world.database('planning');
      await planning.query('CREATE TABLE IF NOT EXISTS audit.skipped (event_id uuid NOT NULL)');
      const skips = 'DELETE FROM outbox WHERE id = NEW.id; INSERT INTO audit.skipped VALUES (NEW.event_id);';
      const does = `IF ${sometimes} THEN ${skips} END IF; RETURN NULL;`;
      const mend = await plantTrigger(scene, ['planning', 'AFTER INSERT ON outbox'], does);
      // Where earlier defects have left no release that goes on, planning still says that it lives.
      const hasSkipped = async () => (await planning.query('SELECT 1 FROM audit.skipped LIMIT 1')).length > 0;
      await eventually(hasSkipped, { withinMs: 90_000, what: 'an event to be skipped' });
      return mend;
    },
  },
  {
    name: 'a service that is slow to come back',
    breaks: 'I7',
    says: /no release went on/,
    async plant({ world }) {
      const client = new Client({ connectionString: world.database('planning').address() });
      client.on('error', () => undefined);
      await client.connect();
      await client.query('BEGIN');
      await client.query('LOCK TABLE release IN EXCLUSIVE MODE');
      return () => client.end();
    },
  },
  // The last: what it loses is lost for good, planning's beat too.
  {
    name: 'a wake-up that is lost',
    breaks: 'I5',
    says: /nothing will wake it/,
    async plant(scene) {
      const mend = await plantTrigger(scene, ['planning', 'BEFORE INSERT OR UPDATE ON wake_up'], 'RETURN NULL;');
      const { world } = scene;
      await world.database('planning').query('DELETE FROM wake_up');
      // Executors that hold requests back keep a release running while it is looked at.
      writeFileSync(world.faultFile, '');
      return async () => {
        rmSync(world.faultFile, { force: true });
        await mend();
      };
    },
  },
];

/** Of a cluster that deploys. */
export const deploymentDefects: readonly Defect[] = [
  {
    name: 'a deployer that takes its intent for told',
    breaks: 'I4',
    says: /the host does not do what is wanted in/,
    async plant(scene) {
      const next = "(NEW.state->'generation')::int + 1";
      const both = `jsonb_build_object('generation', ${next}, 'putGeneration', ${next})`;
      const mend = await plantTrigger(
        scene,
        ['deployer', 'BEFORE UPDATE ON environment'],
        `IF NEW.state->'generation' <> OLD.state->'generation' THEN NEW.state := NEW.state || ${both}; END IF; RETURN NEW;`,
      );
      await until(
        scene,
        mend,
        'another intent',
        "SELECT string_agg(state->>'generation', ',' ORDER BY id) AS seen FROM environment",
      );
      return mend;
    },
  },
  {
    name: 'a planning that keeps to what ran before',
    breaks: 'I4',
    says: /in \S+ runs \S+, planning says/,
    async plant(scene) {
      const keeps = `IF OLD.state ? 'current' THEN NEW.state := NEW.state || jsonb_build_object('current', OLD.state->'current'); END IF; RETURN NEW;`;
      const mend = await plantTrigger(scene, ['planning', 'BEFORE UPDATE ON slot'], keeps);
      await until(
        scene,
        mend,
        'another deployment',
        "SELECT string_agg(state->'current'->>'deploymentId', ',' ORDER BY id) AS seen FROM environment",
      );
      return mend;
    },
  },
];

/** Resolves when the deployer's database answers otherwise than before; a defect that nothing shows is taken out again. */
async function until({ world }: Scene, mend: () => Promise<void>, what: string, sql: string): Promise<void> {
  const seen = async () => (await world.database('deployer').query<{ seen: string | null }>(sql))[0]?.seen;
  const before = await seen();
  try {
    await eventually(async () => (await seen()) !== before, { withinMs: 60_000, what });
  } catch (error) {
    await mend();
    throw error;
  }
}

interface Planted extends Omit<Defect, 'plant'> {
  /** The service whose database it is, and when the trigger fires. */
  on: [service: string, when: string];
  does: string;
}

function trigger({ on, does, ...defect }: Planted): Defect {
  return { ...defect, plant: (scene) => plantTrigger(scene, on, does) };
}

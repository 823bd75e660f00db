import {
  applicationDefined,
  holdDefined,
  overrideDefined,
  quarantineDefined,
  releasePlanned,
  releaseRolledBack,
  rolloutAdvanced,
  serviceDeployed,
  serviceRolledBack,
  serviceUpgraded,
  windowDefined,
} from '@signalbox/domain';
import { tell } from './findings.js';
import type { Finding } from './findings.js';
import { said } from './log-reader.js';
import type { LoggedEvent, Said } from './log-reader.js';
import type { World } from './world.js';

/** A fact of a copy: which it is, and what it says in the order of the query's columns. */
type Fact = readonly [id: unknown, ...rest: unknown[]];
type FactOf = (said: Said, event: LoggedEvent) => Fact | undefined;

/** What a service keeps of what others own, and what the log says of it: the last word on each counts. */
interface Copy {
  readonly service: string;
  readonly what: string;
  readonly sql: string;
  readonly facts: Readonly<Record<string, FactOf>>;
}

const definition: FactOf = ({ content: { application, team, definitionVersion } }) => [
  application,
  team,
  definitionVersion,
];
const reference =
  (kind: string, id: string): FactOf =>
  ({ content }, { aggVersion }) => [`${kind} ${String(content[id])}`, aggVersion, content];
const delivered =
  (kind: string): FactOf =>
  ({ content, customData: { application, releaseId, version } }, { id, time }) => [
    id,
    kind,
    application,
    (content['environment'] as { id: string }).id,
    releaseId,
    version,
    time,
  ];
const exposed =
  (kind: string): FactOf =>
  ({ content: { application, environment, releaseId, version } }, { id, time }) => [
    id,
    kind,
    application,
    environment,
    releaseId,
    version,
    time,
  ];

const copies: readonly Copy[] = [
  {
    service: 'feedback',
    what: 'release',
    sql: 'SELECT id, event_id, application, version, planned_at FROM release',
    facts: {
      [releasePlanned.type]: ({ content: { releaseId, application, version } }, { id, time }) => [
        releaseId,
        id,
        application,
        version,
        time,
      ],
    },
  },
  {
    service: 'feedback',
    what: 'fact of production',
    sql: 'SELECT event_id, kind, application, environment, release_id, version, at FROM production_fact',
    facts: {
      [serviceDeployed.type]: delivered('deployed'),
      [serviceUpgraded.type]: delivered('deployed'),
      [serviceRolledBack.type]: (told, event) =>
        told.customData['exposed'] === false ? undefined : delivered('rolled_back')(told, event),
      [rolloutAdvanced.type]: (told, event) =>
        told.content['weight'] === 0 ? undefined : exposed('exposed')(told, event),
      [releaseRolledBack.type]: (told, event) =>
        told.content['exposed'] === true ? exposed('rolled_back')(told, event) : undefined,
    },
  },
  ...['feedback', 'monitor'].map((service) => ({
    service,
    what: 'application',
    sql: 'SELECT name, team, definition_version::int FROM application',
    facts: { [applicationDefined.type]: definition },
  })),
  {
    service: 'deployer',
    what: 'gate',
    sql: "SELECT kind || ' ' || id, version::int, content FROM reference WHERE kind <> 'alive'",
    facts: {
      [windowDefined.type]: reference('freeze', 'windowId'),
      [overrideDefined.type]: reference('override', 'overrideId'),
      [holdDefined.type]: reference('hold', 'holdId'),
      [quarantineDefined.type]: reference('quarantine', 'quarantineId'),
    },
  },
];

/** Copies that services keep of what others own: nothing less, nothing more, nothing else. */
export async function copiesAreAsTold(world: World, finding: Finding): Promise<void> {
  for (const copy of copies.filter(({ service }) => world.options.services.includes(service))) {
    const told = new Map<string, string>();
    for (const event of world.log.events) {
      const fact = copy.facts[event.type]?.(said(event), event);
      if (fact !== undefined) told.set(String(fact[0]), plain(fact));
    }
    const rows = await world.database(copy.service).query(copy.sql);
    const kept = new Map(rows.map((row) => [String(Object.values(row)[0]), plain(Object.values(row))]));
    const wrong = [...new Set([...told.keys(), ...kept.keys()])].filter((id) => told.get(id) !== kept.get(id));
    tell(
      finding,
      told.size,
      wrong.map(
        (id) =>
          `${copy.service} says of ${copy.what} ${id}: ${kept.get(id) ?? 'nothing'}, the log ${told.get(id) ?? 'nothing'}`,
      ),
    );
  }
}

/** The same text for the same facts: times as moments, whatever the order in which a database keeps the names. */
export function plain(facts: unknown): string {
  return JSON.stringify(facts, (_key, value: unknown) => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(value))
      return new Date(value).toISOString();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Database } from '@signalbox/persistence';
import { seededRandom, startPostgres } from '@signalbox/testing';
import type { TestPostgres } from '@signalbox/testing';
import { migrations } from '../migrations/index.js';
import { ReleaseStore } from '../release/release.projection.js';
import type { PlannedRelease } from '../release/release.projection.js';
import { deliveryMetrics } from './delivery-metrics.js';
import { DeliveryStore } from './delivery.projection.js';
import { DeliveryView } from './delivery.view.js';
import type { History, IncidentFact, ProductionFact } from './deployments.js';

const dayMs = 86_400_000;
const now = Date.parse('2026-11-26T00:00:00Z');
const application = { name: 'shop', team: 'shop', production: ['production'] };
let postgres: TestPostgres;
let database: Database;
let view: DeliveryView;
let history: History;

beforeAll(async () => {
  postgres = await startPostgres();
  database = await Database.open({ url: await postgres.url('feedback'), name: 'feedback', migrations });
  const [releases, deliveries] = [new ReleaseStore(database), new DeliveryStore(database)];
  view = new DeliveryView(releases, deliveries);
  history = twoYears(seededRandom(7));
  for (const release of history.releases) await releases.keep(release);
  for (const fact of history.facts) await deliveries.keep({ ...fact, application: 'shop' });
  for (const incident of history.incidents) await deliveries.keepIncident({ ...incident, application: 'shop' });
});
afterAll(async () => {
  await database?.close();
  await postgres?.stop();
});

/**
 * A release every other day; one in five is taken back, sooner or much later, one in ten is blamed for an incident. After
 * one that failed nothing was released for two months: what mended it is far from it.
 */
function twoYears(random: () => number): History {
  const releases: PlannedRelease[] = [];
  const facts: ProductionFact[] = [];
  const incidents: IncidentFact[] = [];
  for (let n = 0; n < 365; n += 1) {
    const age = 730 - 2 * n;
    if (age < 362 && age > 300) continue;
    const plannedAt = now - age * dayMs;
    const about = { environment: 'production', releaseId: `rel_${n}`, version: `1.${n}.0` };
    const tell = (kind: ProductionFact['kind'], at: number) =>
      facts.push({ eventId: `${kind}_${n}`, kind, ...about, at: new Date(at) });
    const changes = [{ sha: 'a', committedAt: new Date(plannedAt - random() * 5 * dayMs).toISOString() }];
    const { releaseId: id, version } = about;
    const eventId = `planned_${n}`;
    releases.push({ id, eventId, application: 'shop', version, plannedAt: new Date(plannedAt), changes });
    const exposedAt = plannedAt + random() * dayMs;
    tell('exposed', exposedAt);
    tell('deployed', exposedAt + random() * dayMs);
    if (random() < 0.2 || age === 362) tell('rolled_back', exposedAt + dayMs + random() ** 3 * 40 * dayMs);
    if (random() < 0.1) incidents.push(incidentOf(n, exposedAt + random() * 10 * dayMs, random));
  }
  return { releases, facts, incidents };
}

/** Some name the release, some the version, some neither; some are not over. */
function incidentOf(n: number, openedAt: number, random: () => number): IncidentFact {
  const names = [{ releaseId: `rel_${n}` }, { version: `1.${n}.0` }, {}][Math.floor(random() * 3)];
  const resolved = random() < 0.8 && {
    resolvedAt: new Date(openedAt + random() * dayMs),
    resolvedEventId: `resolved_${n}`,
  };
  const opened = { openedAt: new Date(openedAt), openedEventId: `opened_${n}` };
  return { id: `inc_${n}`, environment: 'production', ...opened, ...names, ...resolved };
}

it.each([30, 90, 210, 365, 600])(
  'what is read for 90 days, %s days ago, gives the figures of the whole history',
  async (ago) => {
    const period = { from: new Date(now - (ago + 90) * dayMs), to: new Date(now - ago * dayMs) };
    const figures = await view.metrics(application, period);
    expect(figures.deploymentFrequency.count).toBeGreaterThan(30);
    expect(figures.deploymentReworkRate.value).toBeGreaterThan(0);
    expect(figures).toEqual(deliveryMetrics(history, period));
  },
);

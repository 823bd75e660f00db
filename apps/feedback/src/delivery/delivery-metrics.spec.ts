import { describe, expect, it } from '@jest/globals';
import { deliveryMetrics } from './delivery-metrics.js';
import type { IncidentFact, ProductionFact } from './deployments.js';

const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 1, hour));
const tenDays = { from: at(0), to: at(240) };

const planned = (n: number, hour: number, committed: number[] = []) => ({
  id: `rel_${n}`,
  eventId: `planned_${n}`,
  application: 'shop',
  version: `1.${n}.0`,
  plannedAt: at(hour),
  changes: committed.map((each) => ({ sha: `${n}-${each}`, committedAt: at(each).toISOString() })),
});
const fact = (kind: ProductionFact['kind'], n: number, hour: number): ProductionFact => ({
  eventId: `${kind}_${n}`,
  kind,
  environment: 'production',
  releaseId: `rel_${n}`,
  version: `1.${n}.0`,
  at: at(hour),
});
const incident = (hour: number, about: Partial<IncidentFact> = {}): IncidentFact => ({
  id: 'inc_1',
  environment: 'production',
  openedAt: at(hour),
  openedEventId: 'opened',
  ...about,
});

describe('delivery metrics', () => {
  it('know nothing of nothing', () => {
    const metrics = deliveryMetrics({ releases: [], facts: [], incidents: [] }, tenDays);
    expect(metrics.changeLeadTime).toEqual({ value: null, count: 0, unit: 'seconds', eventIds: [] });
    expect(metrics.deploymentFrequency).toMatchObject({ value: 0, count: 0 });
    expect(metrics.changeFailRate).toMatchObject({ value: null, count: 0 });
  });

  it('measure changes from commit to production', () => {
    const releases = [planned(1, 5, [1, 3]), planned(2, 20, [10])];
    const facts = [fact('exposed', 1, 6), fact('deployed', 1, 7), fact('deployed', 2, 22)];
    const { changeLeadTime, deploymentFrequency } = deliveryMetrics({ releases, facts, incidents: [] }, tenDays);
    expect(changeLeadTime).toMatchObject({ value: 6 * 3_600, count: 3 });
    expect(changeLeadTime.eventIds).toEqual(['planned_1', 'deployed_1', 'planned_2', 'deployed_2']);
    expect(deploymentFrequency).toEqual({
      value: 0.2,
      count: 2,
      unit: 'per day',
      eventIds: ['exposed_1', 'deployed_2'],
    });
  });

  it('count a canary that was taken back as a failed deployment, recovered by its rollback', () => {
    const facts = [fact('deployed', 1, 5), fact('exposed', 2, 10), fact('rolled_back', 2, 11)];
    const metrics = deliveryMetrics({ releases: [], facts, incidents: [] }, tenDays);
    expect(metrics.changeFailRate).toMatchObject({ value: 0.5, count: 2 });
    expect(metrics.changeFailRate.interval?.low).toBeCloseTo(0.0945, 4);
    expect(metrics.failedDeploymentRecoveryTime).toMatchObject({ value: 3_600, count: 1, eventIds: ['rolled_back_2'] });
    expect(metrics.changeLeadTime.count).toBe(0);
  });

  it('count a deployment that two events take back once', () => {
    const again = { ...fact('rolled_back', 1, 8), eventId: 'release_rolled_back' };
    const facts = [fact('deployed', 1, 5), fact('rolled_back', 1, 7), again];
    const { changeFailRate, failedDeploymentRecoveryTime } = deliveryMetrics(
      { releases: [], facts, incidents: [] },
      tenDays,
    );
    expect(changeFailRate).toMatchObject({ value: 1, count: 1 });
    expect(failedDeploymentRecoveryTime).toMatchObject({ value: 2 * 3_600, count: 1 });
  });

  it('blame an incident on its version, else on the latest deployment of the week before', () => {
    const facts = [fact('deployed', 1, 5), fact('deployed', 2, 10)];
    const failedWith = (about: IncidentFact) =>
      deliveryMetrics({ releases: [], facts, incidents: [about] }, tenDays).changeFailRate.value;
    const recovered = deliveryMetrics(
      {
        releases: [],
        facts,
        incidents: [incident(12, { version: '1.1.0', resolvedAt: at(15), resolvedEventId: 'over' })],
      },
      tenDays,
    );
    expect(recovered.failedDeploymentRecoveryTime).toMatchObject({ value: 3 * 3_600, eventIds: ['opened', 'over'] });
    expect(failedWith(incident(12))).toBe(0.5);
    expect(failedWith(incident(12, { version: '9.9.9' }))).toBe(0);
    expect(failedWith(incident(10 + 8 * 24))).toBe(0);
  });

  it('are recovered from when the last incident is over, and not while one is open', () => {
    const facts = [fact('deployed', 1, 9)];
    const first = incident(10, { version: '1.1.0', resolvedAt: at(11), resolvedEventId: 'over' });
    const recovery = (second: Partial<IncidentFact>) =>
      deliveryMetrics(
        { releases: [], facts, incidents: [first, incident(10, { ...second, id: 'inc_2', version: '1.1.0' })] },
        tenDays,
      ).failedDeploymentRecoveryTime;
    expect(recovery({ resolvedAt: at(14), resolvedEventId: 'over too' })).toMatchObject({ value: 4 * 3_600, count: 1 });
    expect(recovery({})).toMatchObject({ value: null, count: 0 });
  });

  it('blame no incident on what was taken back before it, nor on what users elsewhere have', () => {
    const canary = [fact('deployed', 1, 1), fact('exposed', 2, 10), fact('rolled_back', 2, 11)];
    const late = deliveryMetrics({ releases: [], facts: canary, incidents: [incident(15)] }, tenDays);
    // Both have failed now: the canary recovered within its hour, what runs since has not.
    expect([late.changeFailRate.value, late.failedDeploymentRecoveryTime.value]).toEqual([1, 3_600]);
    const named = deliveryMetrics(
      { releases: [], facts: canary, incidents: [incident(15, { version: '1.2.0' })] },
      tenDays,
    );
    expect([named.changeFailRate.value, named.failedDeploymentRecoveryTime.value]).toEqual([0.5, 3_600]);
    const elsewhere = [fact('deployed', 1, 1), { ...fact('deployed', 2, 10), environment: 'europe' }];
    const { changeFailRate } = deliveryMetrics({ releases: [], facts: elsewhere, incidents: [incident(12)] }, tenDays);
    expect(changeFailRate.eventIds).toEqual(['deployed_1', 'deployed_2', 'opened']);
    expect(changeFailRate.value).toBe(0.5);
  });

  it('leave a failure that goes on out of the recovery time', () => {
    const facts = [fact('deployed', 1, 5)];
    const metrics = deliveryMetrics({ releases: [], facts, incidents: [incident(6)] }, tenDays);
    expect(metrics.failedDeploymentRecoveryTime).toMatchObject({ value: null, count: 0 });
    expect(metrics.changeFailRate.value).toBe(1);
  });

  it('call the first deployment planned after a failure rework, and no other', () => {
    const releases = [planned(1, 1), planned(2, 4), planned(3, 8), planned(4, 9)];
    const facts = [
      fact('deployed', 1, 5),
      fact('rolled_back', 1, 7),
      fact('deployed', 2, 7.5),
      fact('deployed', 3, 10),
      fact('deployed', 4, 12),
    ];
    const { deploymentReworkRate } = deliveryMetrics({ releases, facts, incidents: [] }, tenDays);
    expect(deploymentReworkRate).toMatchObject({ value: 0.25, count: 4 });
    expect(deploymentReworkRate.eventIds).toContain('rolled_back_1');
  });

  it('look only at the period', () => {
    const facts = [fact('deployed', 1, 5), fact('deployed', 2, 30)];
    const later = { from: at(24), to: at(48) };
    expect(deliveryMetrics({ releases: [], facts, incidents: [] }, later).deploymentFrequency).toMatchObject({
      value: 1,
    });
  });
});

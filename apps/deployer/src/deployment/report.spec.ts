import { describe, expect, it } from '@jest/globals';
import { analysisRequested, rolloutAdvanced, serviceRolledBack, stageEnded, topics } from '@signalbox/domain';
import { aCanary, aDefinition, aDeployment, aRunning, later, start } from '../../testing/rollouts.js';
import { newEnvironment, specOf } from '../environment/environment.js';
import type { Deployment } from './deployment.js';
import { report } from './report.js';

const environment = {
  ...newEnvironment('shop', 'production', 'shop', start),
  current: specOf(aRunning('1.0.0'), aDefinition(), 'production', []),
};
const stageEndedType = stageEnded(
  topics.deployment,
  { releaseId: 'rel_1', stage: 'deploy-production', attempt: 1, requestEventId: 'e' },
  { outcome: 'failed' },
).type;

function endedAs(outcome: 'succeeded' | 'failed', of: Deployment) {
  const before: Deployment = { ...of, status: 'taking_back', exposed: true };
  const ended: Deployment = { ...before, status: 'ended', ended: { outcome, at: later(60).toISOString() } };
  return report(before, ended, environment, [], later(60)).events.map(({ type, customData }) => [type, customData]);
}

describe('the end of a deployment', () => {
  it('of a canary that users saw and that was taken back is a rollback', () => {
    expect(endedAs('failed', aDeployment())).toEqual([
      [serviceRolledBack.type, expect.objectContaining({ releaseId: 'rel_1.1.0', version: '1.1.0', exposed: true })],
      [stageEndedType, expect.anything()],
    ]);
  });

  it('of a rollback that could not be done is none: what was to be replaced runs on', () => {
    expect(endedAs('failed', aDeployment({ mode: 'rollback' }))).toEqual([[stageEndedType, expect.anything()]]);
  });

  it('of a rollback that was done is one', () => {
    const events = endedAs('succeeded', aDeployment({ mode: 'rollback' }));
    expect(events.map(([type]) => type)).toEqual([serviceRolledBack.type, stageEndedType]);
  });
});

describe('a canary whose host had to take other ports', () => {
  it('is read there from then on, which the monitor is told once', () => {
    const analysis = { id: 'ana_1', requestedAt: start.toISOString(), metricsUrl: 'http://old' };
    const before = aCanary([{ setWeight: 20 }, { pause: {} }], 1, { status: 'paused', analysis });
    const moved = { ...environment, metricsUrl: 'http://new' };
    const { next, events } = report(before, before, moved, [], later(60));
    const asked = events.filter(({ type }) => type === analysisRequested.type);
    expect(asked.map(({ content }) => content)).toEqual([
      expect.objectContaining({ analysisId: 'ana_1', metricsUrl: 'http://new', step: 0, weight: 20 }),
    ]);
    const again = report(next, next, moved, [], later(61)).events;
    expect(again.map(({ type }) => type)).not.toContain(analysisRequested.type);
  });
});

describe('a further step of a canary', () => {
  it('is told to the monitor, also when it keeps the weight', () => {
    const steps = [{ setWeight: 20 }, { pause: {} }, { setWeight: 20 }, { analysis: { duration: '60s' } }];
    const before = aDeployment({ steps }, { status: 'stepping', exposed: true, weight: 20, weightStep: 0, step: 2 });
    const { events } = report(before, { ...before, weightStep: 2 }, environment, [], later(60));
    expect(events.map(({ type, content }) => [type, content])).toEqual(
      expect.arrayContaining([
        [rolloutAdvanced.type, expect.objectContaining({ step: 2, weight: 20 })],
        [analysisRequested.type, expect.objectContaining({ step: 2, weight: 20 })],
      ]),
    );
    const still = report(before, before, environment, [], later(60)).events;
    expect(still.map(({ type }) => type)).not.toContain(rolloutAdvanced.type);
  });
});

import { describe, expect, it } from '@jest/globals';
import { serviceRolledBack, stageEnded, topics } from '@signalbox/domain';
import { aDefinition, aDeployment, aRunning, later, start } from '../../testing/rollouts.js';
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

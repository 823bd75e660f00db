import { describe, expect, it } from '@jest/globals';
import { rolloutPromoted } from '@signalbox/domain';
import { aDefinition, aPlanned, running } from '../../testing/releases.js';
import { promote } from './promotion.js';
import type { Promotion } from './promotion.js';
import { withStage } from './release.js';
import type { Release } from './release.js';

const steps = [{ setWeight: 20 }, { pause: {} }, { manualGate: { team: 'leads' } }];
const definition = aDefinition({ environments: { production: { strategy: { canary: { steps } } } } });
const rolling = (): Release => running('deploy-production', aPlanned(definition));
const atGate = (): Release =>
  withStage(rolling(), 'deploy-production', {
    blockers: [{ code: 'manual_gate', detail: 'step 3 waits for leads', who: 'leads' }],
  });
const wish = (teams: string[], more: Partial<Promotion> = {}): Promotion => ({
  environment: 'production',
  full: false,
  reason: 'R',
  by: { principal: 'prn_ann', kind: 'person', teams },
  ...more,
});

describe('a promotion', () => {
  it('is told with who asked, and changes nothing by itself', () => {
    const release = rolling();
    const { next, events } = promote(release, wish(['shop']));
    expect(next).toBe(release);
    expect(events).toMatchObject([
      {
        type: rolloutPromoted.type,
        content: { attempt: 1, teams: ['shop'], actor: { principal: 'prn_ann', reason: 'R' } },
      },
    ]);
  });

  it('of the team passes its gate, also with all steps', () => {
    expect(promote(atGate(), wish(['leads'])).events).toHaveLength(1);
    expect(promote(rolling(), wish(['leads'], { full: true })).events).toHaveLength(1);
  });

  it('of another team does not pass the gate, nor skip it with all steps', () => {
    const refused = expect.objectContaining({ code: 'forbidden', message: 'a manual gate of shop@1.0.0 is for leads' });
    expect(() => promote(atGate(), wish(['shop']))).toThrow(refused);
    expect(() => promote(rolling(), wish(['shop'], { full: true }))).toThrow(refused);
  });

  it('needs a rollout that runs', () => {
    expect(() => promote(aPlanned(definition), wish(['leads']))).toThrow('no rollout of shop@1.0.0 runs in production');
    expect(() => promote(rolling(), wish([], { environment: 'moon' }))).toThrow(
      'shop has no environment moon; it has staging, production',
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import { overrideDefined } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { later, start } from '../../testing/releases.js';
import { confirmOverride, requestOverride } from './gate.js';
import type { Confirmer } from './gate.js';

const ann: Confirmer = { principal: 'prn_ann', kind: 'person' };
const bob: Confirmer = { principal: 'prn_bob', kind: 'person' };
const cleo: Confirmer = { principal: 'prn_cleo', kind: 'person' };
const robot: Confirmer = { principal: 'prn_robot', kind: 'machine' };
const wish = { windowId: 'frz_1', releaseId: 'rel_1', reason: 'R', expiresAt: later(60).toISOString() };
const asked = requestOverride('ovr_1', wish, ann);
const confirmedBy =
  (who: Confirmer, at = start) =>
  (override: typeof asked) =>
    confirmOverride(override, who, at);
const confirmed = given(asked).when(confirmedBy(bob)).thenEvents(overrideDefined).next;

describe('an override', () => {
  it('counts when a second person has confirmed it', () => {
    expect([asked.requestedBy, asked.confirmedBy, confirmed.confirmedBy]).toEqual(['prn_ann', undefined, 'prn_bob']);
  });

  it('is neither asked for nor confirmed by a machine', () => {
    expect(() => requestOverride('ovr_1', wish, robot)).toThrow(
      expect.objectContaining({ code: 'forbidden', more: expect.objectContaining({ reason: 'machine_vote' }) }),
    );
    given(asked).when(confirmedBy(robot)).thenRejected('forbidden', 'machine_vote');
  });

  it('is not confirmed by who asked for it', () => {
    given(asked).when(confirmedBy(ann)).thenRejected('forbidden', 'self_confirmation');
  });

  it('stays as it was confirmed: again by the same person changes nothing, by a third is refused', () => {
    expect(given(confirmed).when(confirmedBy(bob)).thenNoEvents().next).toBe(confirmed);
    given(confirmed).when(confirmedBy(cleo)).thenRejected('conflict', 'already_confirmed');
  });

  it('is not confirmed after its time', () => {
    given(asked)
      .when(confirmedBy(bob, later(60)))
      .thenRejected('conflict', 'expired');
  });
});

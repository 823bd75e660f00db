import { describe, expect, it } from '@jest/globals';
import { holdDefined, overrideDefined, releaseResumed, windowDefined } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { later, start } from '../../testing/releases.js';
import { confirmOverride, remove, requestOverride } from './gate.js';
import type { Confirmer, GateOf } from './gate.js';

const ann: Confirmer = { principal: 'prn_ann', kind: 'person' };
const bob: Confirmer = { principal: 'prn_bob', kind: 'person' };
const cleo: Confirmer = { principal: 'prn_cleo', kind: 'person' };
const robot: Confirmer = { principal: 'prn_robot', kind: 'machine' };
const wish = { windowId: 'frz_1', releaseId: 'rel_1', reason: 'R', expiresAt: later(60).toISOString() };
const asked = requestOverride('ovr_1', wish, ann, start);
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
    expect(() => requestOverride('ovr_1', wish, robot, start)).toThrow(
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

describe('the end of a gate before its time', () => {
  const by = { principal: 'prn_ann', name: 'ann', kind: 'person', reason: 'it is over' };
  const freeze: GateOf<'freeze'> = {
    id: 'frz_1',
    windowId: 'frz_1',
    kind: 'freeze',
    by: 'prn_bob',
    name: 'holidays',
    scope: {},
    from: start.toISOString(),
    to: later(60).toISOString(),
    reason: 'R',
    inFlight: 'pause',
    removed: false,
  };
  const hold: GateOf<'hold'> = {
    id: 'hld_1',
    holdId: 'hld_1',
    kind: 'hold',
    by: 'bob',
    message: 'wait',
    scope: { releaseId: 'rel_1' },
    inFlight: 'pause',
    release: { application: 'shop', version: '1.0.0' },
    removed: false,
  };

  it('is told with who ended it and why', () => {
    const ended = given(freeze)
      .when((gate) => remove(gate, by))
      .thenEvents(windowDefined)
      .thenState({ removed: true, removedBy: by });
    expect(ended.events[0]?.content).toMatchObject({ removed: true, removedBy: by });
    const lifted = given(hold)
      .when((gate) => remove(gate, by))
      .thenEvents(holdDefined, releaseResumed)
      .thenState({ removed: true, removedBy: by });
    expect(lifted.events.map(({ content }) => content)).toMatchObject([{ removedBy: by }, { actor: by }]);
  });

  it('happens once', () => {
    const ended = remove(freeze, by).next;
    expect(remove(ended, { ...by, principal: 'prn_cleo' })).toEqual({ next: ended, events: [] });
  });
});

import { describe, expect, it } from '@jest/globals';
import { given } from '@signalbox/testing';
import { aRunning, start } from '../../testing/releases.js';
import { emptySlot, giveBack, isDone, observe, take, want } from './slot.js';
import type { Slot } from './slot.js';

const one = { id: 'rel_1', version: '1.0.0' };
const two = { id: 'rel_2', version: '1.1.0' };
const empty = emptySlot('shop', 'staging');
const held = take(empty, one, start).next;
const live = (version: string, slotVersion: number, releaseId: string) => ({
  current: aRunning(version, slotVersion, releaseId),
  url: 'u',
  metricsUrl: 'm',
  slotVersion,
});
const see = (slot: Slot, ...seen: ReturnType<typeof live>[]) =>
  seen.reduce((next, each) => observe(next, each).next, slot);

describe('a slot', () => {
  it('is taken by one release at a time', () => {
    given(empty)
      .when((slot) => take(slot, one, start))
      .thenState({ slotVersion: 1, holder: { releaseId: 'rel_1', version: '1.0.0', since: start.toISOString() } });
    given(held)
      .when((slot) => take(slot, two, start))
      .thenRejected('conflict', 'environment_busy');
  });

  it('counts every request of its holder', () => {
    given(held)
      .when((slot) => take(slot, one, start))
      .thenState({ slotVersion: 2 });
  });

  it('needs nothing done where it stands as its holder, or who has nothing to do with it, would leave it', () => {
    const wanted = want(held, two).next;
    expect([isDone(held, 'rel_1', 'keep'), isDone(empty, 'rel_1', 'keep')]).toEqual([true, false]);
    expect(['rel_1', 'rel_2', 'rel_3'].map((id) => isDone(wanted, id, 'give_back'))).toEqual([false, false, true]);
    expect(isDone(held, 'rel_1', 'take')).toBe(false);
    expect(isDone(wanted, 'rel_2', 'want')).toBe(false);
  });

  it('is given back by its holder alone', () => {
    expect(giveBack(held, 'rel_1').next.holder).toBeUndefined();
    expect(giveBack(held, 'rel_2').next).toBe(held);
  });

  it('remembers who wants it until they have it or give up', () => {
    const wanted = want(held, two).next;
    expect(want(wanted, two).next).toBe(wanted);
    expect(giveBack(wanted, 'rel_1').next).toMatchObject({ wantedBy: { releaseId: 'rel_2' } });
    expect(giveBack(wanted, 'rel_2').next).toEqual(held);
    expect(take(giveBack(wanted, 'rel_1').next, two, start).next.wantedBy).toBeUndefined();
  });

  it('knows what runs and what ran, newest first', () => {
    const slot = see(held, live('1.0.0', 1, 'rel_1'), live('1.1.0', 2, 'rel_2'), live('1.2.0', 3, 'rel_3'));
    expect([slot.current?.version, slot.history.map(({ version }) => version)]).toEqual(['1.2.0', ['1.1.0', '1.0.0']]);
    const back = see(slot, live('1.1.0', 4, 'rel_2'));
    expect([back.current?.version, back.history.map(({ version }) => version)]).toEqual(['1.1.0', ['1.2.0', '1.0.0']]);
  });

  it('never goes back to an older slot version', () => {
    const slot = see(held, live('1.1.0', 2, 'rel_2'));
    expect(observe(slot, live('1.0.0', 1, 'rel_1')).next).toBe(slot);
  });
});

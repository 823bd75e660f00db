import { describe, expect, it } from '@jest/globals';
import { DomainError } from '@signalbox/domain';
import type { EventDraft } from '@signalbox/domain';
import { eventually } from './eventually.js';
import { given } from './given.js';

const happened: EventDraft = { type: 'happened', topic: 'signalbox.test', key: 'a', subject: 'a', content: {} };
const rise = (state: { level: number }) => ({ next: { level: state.level + 1 }, events: [happened] });
const refuse = () => {
  throw new DomainError('conflict', 'full', { reason: 'full' });
};

describe('given, when, then', () => {
  it('accepts what has happened and rejects everything else', () => {
    given({ level: 1 }).when(rise).thenEvents({ type: 'happened' }).thenState({ level: 2 });
    expect(() => given({ level: 1 }).when(rise).thenNoEvents()).toThrow('events');
    expect(() => given({ level: 1 }).when(rise).thenState({ level: 3 })).toThrow('state');
    expect(() => given({ level: 1 }).when(rise).thenRejected('conflict')).toThrow('allowed');
  });

  it('compares a refusal by its code and reason', () => {
    given({ level: 1 }).when(refuse).thenRejected('conflict', 'full');
    expect(() => given({ level: 1 }).when(refuse).thenRejected('invalid')).toThrow('code');
    expect(() => given({ level: 1 }).when(refuse).thenState({})).toThrow('full');
  });
});

describe('eventually', () => {
  it('waits for a fact, and names it when it does not come', async () => {
    let asked = 0;
    expect(await eventually(() => (++asked === 3 ? asked : undefined), { what: 'three' })).toBe(3);
    await expect(eventually(() => false, { withinMs: 30, what: 'the impossible' })).rejects.toThrow('the impossible');
  });
});

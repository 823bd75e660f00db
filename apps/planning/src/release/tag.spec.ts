import { describe, expect, it } from '@jest/globals';
import { aPlanned } from '../../testing/releases.js';
import { tagged } from './tag.js';

const waiting = { ...aPlanned(), tag: { name: 'v1.0.0', done: false } };

describe('a tag', () => {
  it('that has been pushed is done', () => {
    expect(tagged(waiting).next.tag).toEqual({ name: 'v1.0.0', done: true });
  });

  it('that could not be pushed is done as well, with why: it is not tried for ever', () => {
    const { next, events } = tagged(waiting, 'remote refused');
    expect(next).toEqual({ ...waiting, tag: { name: 'v1.0.0', done: true, error: 'remote refused' } });
    expect(events).toEqual([]);
  });

  it('that is done, or that nobody asked for, stays as it is', () => {
    const done = tagged(waiting).next;
    expect(tagged(done, 'remote refused').next).toBe(done);
    const release = aPlanned();
    expect(tagged(release).next).toBe(release);
  });
});

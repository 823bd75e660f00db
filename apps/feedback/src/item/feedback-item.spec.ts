import { describe, expect, it } from '@jest/globals';
import { feedbackLinked, feedbackReceived } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { forget, receive } from './feedback-item.js';
import type { Wish } from './feedback-item.js';

const said: Wish = {
  id: 'fb_1',
  application: 'shop',
  kind: 'complaint',
  text: 'my cart is empty',
  author: 'ann',
  region: 'de',
  receivedBy: 'prn_1',
  receivedAt: '2026-11-23T12:00:00.000Z',
};
const releases = [
  { id: 'rel_2', version: '1.1.0' },
  { id: 'rel_1', version: '1.0.0' },
];

describe('a feedback item', () => {
  it('is linked to the release of its version', () => {
    given({ ...said, version: '1.0.0' })
      .when((wish) => receive(wish, releases))
      .thenEvents(feedbackReceived, feedbackLinked)
      .thenState({ releaseId: 'rel_1' });
  });

  it('may leave the version out', () => {
    given(said)
      .when((wish) => receive(wish, releases))
      .thenEvents(feedbackReceived);
  });

  it('is refused for a version that was never released', () => {
    given({ ...said, version: '9.9.9' })
      .when((wish) => receive(wish, releases))
      .thenRejected('invalid', 'unknown_version');
  });

  it('never puts words or people into events', () => {
    const { events } = given({ ...said, version: '1.0.0' }).when((wish) => receive(wish, releases));
    expect(JSON.stringify(events)).not.toMatch(/cart|ann|"de"/);
  });

  it('is forgotten once and keeps its labels', () => {
    const at = new Date('2026-11-24T12:00:00.000Z');
    const { next } = given(said)
      .when((item) => forget(item, at))
      .thenNoEvents();
    expect(next).toEqual({
      id: 'fb_1',
      application: 'shop',
      kind: 'complaint',
      receivedBy: 'prn_1',
      receivedAt: said.receivedAt,
      forgottenAt: at.toISOString(),
    });
  });
});

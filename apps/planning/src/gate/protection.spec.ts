import { expect, it } from '@jest/globals';
import { protectionDefined } from '@signalbox/domain';
import { given } from '@signalbox/testing';
import { protect } from './protection.js';

const by = { principal: 'prn_ann', name: 'ann', kind: 'person', reason: 'R' };
const approvals = [{ team: 'leads', required: 1 }];
const open = { id: 'production', approvals: [] };

it('rules of an environment are told with who gave them and why; the same again change nothing', () => {
  const protectedOnce = given(open)
    .when((protection) => protect(protection, approvals, by))
    .thenEvents(protectionDefined)
    .thenState({ approvals, changedBy: by });
  expect(protectedOnce.events[0]?.content).toEqual({ environment: 'production', approvals, changedBy: by });
  given(protectedOnce.next)
    .when((protection) => protect(protection, [...approvals], { ...by, principal: 'prn_bob' }))
    .thenNoEvents()
    .thenState({ changedBy: by });
});

import { describe, expect, it } from '@jest/globals';
import { closedGates } from './gate.js';
import type { Freeze, GateReference, GateSubject, Hold, Override, Quarantine } from './gate.js';

const now = new Date('2026-12-24T12:00:00Z');
const subject: GateSubject = { application: 'shop', environment: 'production', releaseId: 'rel_1', digest: 'sha256:a' };

const aFreeze = (more: Partial<Freeze> = {}): Freeze => ({
  windowId: 'frz_1',
  name: 'holidays',
  scope: {},
  from: '2026-12-20T00:00:00Z',
  to: '2027-01-03T00:00:00Z',
  reason: 'quiet days',
  inFlight: 'pause',
  removed: false,
  ...more,
});
const anOverride = (more: Partial<Override> = {}): Override => ({
  overrideId: 'ovr_1',
  windowId: 'frz_1',
  releaseId: 'rel_1',
  reason: 'a fix',
  requestedBy: 'ann',
  confirmedBy: 'ben',
  expiresAt: '2026-12-24T13:00:00Z',
  removed: false,
  ...more,
});
const aHold = (more: Partial<Hold> = {}): Hold => ({
  holdId: 'hld_1',
  message: 'incident review',
  scope: {},
  by: 'ann',
  inFlight: 'pause',
  removed: false,
  ...more,
});
const aQuarantine = (more: Partial<Quarantine> = {}): Quarantine => ({
  quarantineId: 'qua_1',
  application: 'shop',
  version: '1.2.0',
  digest: 'sha256:a',
  reason: 'rolled back',
  removed: false,
  ...more,
});

function codes(reference: Partial<GateReference>, of: GateSubject = subject): string[] {
  const everything = { freezes: [], overrides: [], holds: [], quarantines: [], ...reference };
  return closedGates(of, everything, now).map((gate) => gate.code);
}

describe('a freeze', () => {
  it.each<[string, Partial<Freeze>, boolean]>([
    ['closes within its time', {}, true],
    ['closes at its very beginning', { from: now.toISOString() }, true],
    ['is over at its very end', { to: now.toISOString() }, false],
    ['does not close before it begins', { from: '2026-12-24T12:00:01Z' }, false],
    ['does not close once removed', { removed: true }, false],
    ['closes the environment it names', { scope: { environment: 'production' } }, true],
    ['leaves other environments open', { scope: { environment: 'staging' } }, false],
    ['leaves other applications open', { scope: { application: 'blog', environment: 'production' } }, false],
  ])('%s', (_fact, more, closes) => {
    expect(codes({ freezes: [aFreeze(more)] })).toEqual(closes ? ['window_closed'] : []);
  });
});

describe('an override', () => {
  it.each<[string, Partial<Override>, boolean]>([
    ['that a second person confirmed lets the release pass', {}, true],
    ['of one person does not', { confirmedBy: undefined }, false],
    ['for another release does not', { releaseId: 'rel_2' }, false],
    ['of another freeze does not', { windowId: 'frz_2' }, false],
    ['for another environment does not', { environment: 'staging' }, false],
    ['for this environment does', { environment: 'production' }, true],
    ['that has expired does not', { expiresAt: now.toISOString() }, false],
    ['that was removed does not', { removed: true }, false],
  ])('%s', (_fact, more, passes) => {
    const found = codes({ freezes: [aFreeze()], overrides: [anOverride(more)] });
    expect(found).toEqual(passes ? [] : ['window_closed']);
  });

  it('lifts one freeze, not the other', () => {
    const freezes = [aFreeze(), aFreeze({ windowId: 'frz_2' })];
    expect(codes({ freezes, overrides: [anOverride()] })).toEqual(['window_closed']);
  });

  it('lifts no hold', () => {
    expect(codes({ holds: [aHold()], overrides: [anOverride()] })).toEqual(['held']);
  });
});

describe('a hold', () => {
  it.each<[string, Partial<Hold>, boolean]>([
    ['without expiry holds', {}, true],
    ['holds until it expires', { expiresAt: '2026-12-24T12:00:01Z' }, true],
    ['is over when it expires', { expiresAt: now.toISOString() }, false],
    ['that was taken back is over', { removed: true }, false],
    ['of this release holds', { scope: { releaseId: 'rel_1' } }, true],
    ['of another release does not', { scope: { releaseId: 'rel_2' } }, false],
  ])('%s', (_fact, more, holds) => {
    expect(codes({ holds: [aHold(more)] })).toEqual(holds ? ['held'] : []);
  });
});

describe('a quarantine', () => {
  it.each<[string, Partial<Quarantine>, boolean]>([
    ['closes everywhere when it names no environment', {}, true],
    ['closes the environment it names', { environment: 'production' }, true],
    ['leaves the others open', { environment: 'staging' }, false],
    ['is of one artifact', { digest: 'sha256:b' }, false],
    ['is of one application', { application: 'blog' }, false],
    ['that was lifted is over', { removed: true }, false],
  ])('%s', (_fact, more, closes) => {
    expect(codes({ quarantines: [aQuarantine(more)] })).toEqual(closes ? ['quarantined'] : []);
  });

  it('does not concern a release that has no artifact yet', () => {
    expect(codes({ quarantines: [aQuarantine()] }, { ...subject, digest: undefined })).toEqual([]);
  });
});

describe('closed gates', () => {
  it('are told earliest to lift first, those that never do last', () => {
    const found = closedGates(
      subject,
      {
        freezes: [aFreeze(), aFreeze({ windowId: 'frz_2', name: 'audit', to: '2026-12-25T00:00:00Z' })],
        overrides: [],
        holds: [aHold({ expiresAt: '2026-12-24T18:00:00Z' }), aHold({ holdId: 'hld_2' })],
        quarantines: [aQuarantine()],
      },
      now,
    );
    expect(found.map(({ code, liftsAt }) => [code, liftsAt])).toEqual([
      ['held', '2026-12-24T18:00:00Z'],
      ['window_closed', '2026-12-25T00:00:00Z'],
      ['window_closed', '2027-01-03T00:00:00Z'],
      ['held', undefined],
      ['quarantined', undefined],
    ]);
  });

  it('are told earliest first whatever the precision of their times', () => {
    const holds = [
      aHold({ holdId: 'later', expiresAt: '2026-12-24T18:00:00.500Z' }),
      aHold({ holdId: 'sooner', expiresAt: '2026-12-24T18:00:00Z' }),
    ];
    const found = closedGates(subject, { freezes: [], overrides: [], holds, quarantines: [] }, now);
    expect(found.map((gate) => gate.command)).toEqual(['release resume sooner', 'release resume later']);
  });

  it('say what happens to what is in flight, and who may do what', () => {
    const [quarantined] = closedGates(
      subject,
      { freezes: [], overrides: [], holds: [], quarantines: [aQuarantine()] },
      now,
    );
    expect(quarantined).toEqual({
      code: 'quarantined',
      detail: 'shop@1.2.0: rolled back',
      who: 'release-manager',
      command: 'release allow shop@1.2.0 --env production --reason R',
      inFlight: 'abort',
    });
  });
});

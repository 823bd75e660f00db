import { createHash } from 'node:crypto';
import { effective, manifest } from '@signalbox/domain';
import type { EffectiveManifest, Running, StageOutputs, StageResult } from '@signalbox/domain';
import { advance } from '../src/release/advance.js';
import { stageAnswered, stageHeard } from '../src/release/answer.js';
import { settle } from '../src/release/draft.js';
import { draftOf } from '../src/release/release.js';
import type { Release, StageState } from '../src/release/release.js';
import type { World } from '../src/release/world.js';
import { emptySlot } from '../src/slot/slot.js';

export const start = new Date('2026-11-23T12:00:00.000Z');
export const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);
export const author = { principal: 'prn_ann', name: 'ann', emails: ['ann@example.com'] };

export function aDefinition(more: Record<string, unknown> = {}): EffectiveManifest {
  return effective(
    manifest.parse({ apiVersion: 'signalbox/v1', name: 'shop', runtime: { command: ['node', 'server.js'] }, ...more }),
  );
}

export function aWorld(more: Partial<World> = {}): World {
  return {
    now: start,
    hearsSince: start,
    gates: { freezes: [], overrides: [], holds: [], quarantines: [] },
    slots: { staging: emptySlot('shop', 'staging'), production: emptySlot('shop', 'production') },
    queuedAhead: {},
    holderDoes: {},
    protection: {},
    ...more,
  };
}

export function aDraft(definition = aDefinition(), id = 'rel_1'): Release {
  const application = { id: 'shop', team: 'shop', repository: '/shop', definition };
  return draftOf(application, { dryRun: false }, author, { id, at: start });
}

export function aPlanned(definition = aDefinition(), version = '1.0.0', id = 'rel_1'): Release {
  const release = aDraft(definition, id);
  const commits = [
    { sha: 'c1', committedAt: start.toISOString(), authorEmail: 'Bob@example.com', message: 'feat: carts' },
  ];
  const authors = commits.map(({ authorEmail }) => authorEmail);
  const at = { commit: 'c1', definition, definitionVersion: 1, guarded: [], base: undefined };
  const facts = { ...at, commits, authors, taken: new Set<string>() };
  return settle({ ...release, wish: { ...release.wish, version } }, facts, start).next;
}

export const digestOf = (version: string): string => `sha256:${createHash('sha256').update(version).digest('hex')}`;

export function aRunning(version = '1.0.0', slotVersion = 1, releaseId = 'rel_1'): Running {
  return { releaseId, version, digest: digestOf(version), purl: 'p', deploymentId: `dep_${releaseId}`, slotVersion };
}

export function outputsFor(stage: StageState, release: Pick<Release, 'id' | 'version'>): StageOutputs {
  if (stage.kind === 'build')
    return { artifact: { digest: digestOf(release.version), purl: 'p', sizeBytes: 1 } } as StageOutputs;
  if (stage.kind !== 'deploy') return {};
  const current = aRunning(release.version, 1, release.id);
  return { live: { current, url: 'http://u', metricsUrl: 'http://m', slotVersion: 1 } };
}

/** An answer to the attempt that runs now. */
export function anAnswer(release: Release, key: string, more: Partial<StageResult> = {}): StageResult {
  const stage = release.stages[key] as StageState;
  const outcome = more.outcome ?? 'succeeded';
  return {
    releaseId: release.id,
    stage: key,
    attempt: stage.attempt,
    outcome,
    ...(outcome === 'succeeded' && { outputs: outputsFor(stage, release) }),
    ...more,
  };
}

/** Takes a release forward until this stage has been requested; every executor before it says yes. */
export function until(key: string, release: Release = aPlanned(), world = aWorld()): Release {
  let next = advance(release, world).next;
  for (let turn = 0; turn < 20 && next.stages[key]?.status !== 'requested'; turn += 1) {
    const [asked] = Object.values(next.stages).filter(({ status }) => status === 'requested');
    if (!asked) break;
    next = stageAnswered(next, anAnswer(next, asked.key), world).next;
  }
  return next;
}

export function running(key: string, release?: Release, world = aWorld()): Release {
  const asked = until(key, release, world);
  return stageHeard(asked, { stage: key, attempt: asked.stages[key]?.attempt ?? 0 }, world.now);
}

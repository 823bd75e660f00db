import { plain, spell } from './output.js';
import { isOver, nameOf, rollbacksOf } from './release.js';
import type { ReleaseBody, RollbackBody, StageBody } from './release.js';

/** A release as a tree of its stages, one line each; what has not begun shares the last line. */
export function releaseTree(release: ReleaseBody, now: Date): string[] {
  const begun = release.stages.filter((stage) => stage.status !== 'pending');
  const pending = release.stages.filter((stage) => stage.status === 'pending').map(stageName);
  const rows = begun.map((stage) => stageLine(stage, release, now));
  if (pending.length > 0) rows.push(`${pending.join(', ')} ${isOver(release) ? 'not begun' : 'pending'}`);
  const head = `${nameOf(release)} ${release.status} ${age(release.startedAt ?? release.createdAt, release.endedAt, now)}`;
  const tree = rows.map((row, index) => `${index === rows.length - 1 ? '└' : '├'} ${row}`);
  const untagged = release.tag?.error === undefined ? [] : [`tag ${release.tag.name} not pushed: ${release.tag.error}`];
  return [head, ...tree, ...ending(release), ...untagged].map(plain);
}

export function stageName(stage: { kind: string; environment?: string }): string {
  return stage.environment === undefined ? stage.kind : `${stage.kind} ${stage.environment}`;
}

function stageLine(stage: StageBody, release: ReleaseBody, now: Date): string {
  const time = stage.startedAt ? ` ${age(stage.startedAt, stage.endedAt, now)}` : '';
  const about = aboutStage(stage, release);
  return `${stageName(stage)} ${stage.status}${time}${about ? ` ${about}` : ''}`;
}

function aboutStage(stage: StageBody, release: ReleaseBody): string {
  if (stage.status === 'blocked' || stage.blockers.length > 0)
    return stage.blockers.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
  if (stage.kind === 'approve' && stage.status === 'succeeded')
    return (stage.approvals ?? release.approvals)
      .map(({ granted, required }) => `${granted} of ${required}`)
      .join(', ');
  if (stage.status === 'running' || stage.status === 'cancelling') return stage.summary ?? '';
  if (['failed', 'errored', 'cancelled', 'skipped'].includes(stage.status)) return stage.detail ?? stage.reason ?? '';
  if (isAlert(stage)) return stage.detail ?? '';
  const tests = stage.outputs?.tests;
  if (tests) return `${tests.passed} passed${tests.skipped ? `, ${tests.skipped} skipped` : ''}`;
  return stage.outputs?.flagged ?? '';
}

/** A watch that has failed, where the definition asks for no more than to be told. */
function isAlert({ kind, status, reason }: StageBody): boolean {
  return kind === 'monitor' && status === 'succeeded' && reason === 'watch_failed';
}

/** Where the release was tried again since, that is what counts. */
function lastRollbacks(release: ReleaseBody): RollbackBody[] {
  const isOver = ({ environment, requestedAt }: RollbackBody) =>
    release.stages.some(
      (stage) => stage.environment === environment && (stage.requestedAt ?? '') > (requestedAt ?? '9'),
    );
  return rollbacksOf(release).filter((rollback) => !isOver(rollback));
}

/** Where a rollback has led, or that it has led nowhere; nothing while it is under way. */
export function rollbackLines({ application, version }: ReleaseBody, rollback: RollbackBody): string[] {
  const { environment, targetVersion, skipped = [], durationMs, outcome, detail } = rollback;
  if (outcome === undefined) return [];
  if (outcome !== 'succeeded')
    return [
      `${environment} is not rolled back (${detail ?? outcome}): rollback ${application} --env ${environment} --reason R`,
    ];
  const time = durationMs === undefined ? '' : ` in ${spell(durationMs, true)}`;
  return [
    `${environment} ${version} → ${targetVersion}${time}; ${version} quarantined for ${environment}`,
    ...skipped.map((name) => `${name} skipped: quarantined`),
  ];
}

/** Why it failed, with the lines that explain it. */
function ending(release: ReleaseBody): string[] {
  const stage = release.stages.find((candidate) => candidate.key === release.cause?.stage);
  const lines = lastRollbacks(release).flatMap((rollback) => rollbackLines(release, rollback));
  for (const { environment, detail, command } of release.notTakenBack ?? [])
    lines.push(`${environment} still runs ${release.version} (${detail}): ${command}`);
  if (!release.cause || release.status === 'completed') return lines;
  const where = stage ? `failed at ${stageName(stage)}: ` : `${release.status}: `;
  lines.push(`${where}${release.cause.detail}`);
  for (const { name, message, place } of stage?.outputs?.tests?.failures ?? [])
    lines.push(`  ${name}: ${message}${place ? ` ${place}` : ''}`);
  return [...lines, ...(stage?.outputs?.lastLines ?? []).map((line) => `  ${line}`)];
}

function age(from: string, to: string | undefined, now: Date): string {
  return spell(Math.max(0, (to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from)));
}

import { approvalGranted, DomainError, draft, durationMs, hasEnded, releaseTransitions } from '@signalbox/domain';
import type { ApprovalRule, Blocker, Decision } from '@signalbox/domain';
import { approvedEnvironments, planHash } from './plan.js';
import { artifactOf, isOver, nameOf } from './release.js';
import type { Release, StageState, Vote } from './release.js';

export interface Voter {
  principal: string;
  name: string;
  kind: 'person' | 'machine';
  teams: readonly string[];
  emails: readonly string[];
}

/** What a person said yes to. */
export interface Seen {
  planHash: string;
  /** The approve stage; absent: the one that is open. */
  stage?: string | undefined;
}

export interface RuleState extends ApprovalRule {
  granted: number;
}

const missing = 'approval_missing';

/** The stricter of file and server: every team of either, with the larger number. */
export function stricter(file: readonly ApprovalRule[], server: readonly ApprovalRule[]): ApprovalRule[] {
  const required = new Map<string, number>();
  for (const rule of [...file, ...server])
    required.set(rule.team, Math.max(required.get(rule.team) ?? 0, rule.required));
  return [...required].map(([team, count]) => ({ team, required: count }));
}

/** The rules an approve stage has to meet, with the votes that count: for it and for this very plan hash, one a person. */
export function ruleStates(
  release: Release,
  approveKey: string,
  protection: Record<string, ApprovalRule[]>,
): RuleState[] {
  const environments = approvedEnvironments(release, approveKey);
  const rules = environments.reduce<ApprovalRule[]>(
    (all, name) =>
      stricter(all, stricter(release.definition?.environments[name]?.approvals ?? [], protection[name] ?? [])),
    [],
  );
  const hash = planHash(release);
  const votes = release.votes.filter((vote) => vote.planHash === hash && isFor(vote, approveKey));
  return rules.map((rule) => ({ ...rule, granted: votes.filter((vote) => vote.teams.includes(rule.team)).length }));
}

/** When the wait for an approval ends; what is approved and waits for something else does not expire. */
export function expiresAt(
  release: Release,
  stage: StageState,
  blockers: readonly Blocker[],
  now: Date,
): Date | undefined {
  const lacksApproval = blockers.some(({ code }) => code === missing);
  return stage.kind === 'approve' && lacksApproval ? approvalExpiry(release, stage, now) : undefined;
}

/** Counts from when it was asked for, which may be long after something else had blocked the stage. */
function approvalExpiry(release: Release, stage: StageState, now: Date): Date {
  const timeouts = approvedEnvironments(release, stage.key).map((name) =>
    durationMs(release.definition?.environments[name]?.approvalTimeout ?? 'PT72H'),
  );
  // Stages of earlier builds know only since when they are blocked.
  const askedSince = stage.waitsSince ? stage.waitsSince[missing] : stage.blockedSince;
  return new Date(Date.parse(askedSince ?? now.toISOString()) + Math.min(...timeouts));
}

/** What an approve stage still waits for. */
export function approvalBlockers(
  release: Release,
  stage: StageState,
  rules: readonly RuleState[],
  now: Date,
): Blocker[] {
  const expiry = approvalExpiry(release, stage, now).toISOString();
  return rules
    .filter((rule) => rule.granted < rule.required)
    .map((rule) => ({
      code: missing,
      detail: `${rule.granted} of ${rule.required} from ${rule.team}; expires at ${expiry}`,
      who: `${rule.team}, not the author`,
      command: `release approve ${nameOf(release)}`,
    }));
}

/**
 * One person's yes to exactly the plan they saw. Refused, in this order: nothing to approve, the voter is an author, a
 * machine (where nothing is asked for, that is what they are told), or in no team that is asked, the plan is another by
 * now.
 */
export function approve(
  release: Release,
  voter: Voter,
  seen: Seen,
  protection: Record<string, ApprovalRule[]>,
  now: Date,
): Decision<Release> {
  const hash = planHash(release);
  const own = release.votes.filter((vote) => vote.principal === voter.principal && vote.planHash === hash);
  // Said twice, it is not a yes to the next stage.
  if (seen.stage !== undefined && own.some(({ stage }) => stage === seen.stage)) return { next: release, events: [] };
  const key = openApproval(release);
  const rules = ruleStates(release, key, protection);
  refuse(release, voter, rules);
  refuseUnseen(seen, key, hash);
  if (own.some((vote) => isFor(vote, key))) return { next: release, events: [] };
  const { principal, name, teams } = voter;
  const vote: Vote = { principal, name, teams: [...teams], at: now.toISOString(), planHash: hash, stage: key };
  const rule = rules.find(({ team }) => teams.includes(team));
  const content = {
    ...voteContent(release, voter, key, hash),
    team: rule?.team ?? '',
    granted: (rule?.granted ?? 0) + 1,
    required: rule?.required ?? 0,
  };
  return {
    next: { ...release, votes: [...release.votes, vote] },
    events: [draft(approvalGranted, { subject: release.id, chainId: release.id, content })],
  };
}

/** What the voter has looked at is another by now. */
function refuseUnseen(seen: Seen, stage: string, hash: string): void {
  const details = { reason: 'plan_changed', fix: 'look at it again, then approve' };
  if (seen.planHash !== hash) throw new DomainError('conflict', 'the plan has changed since you saw it', details);
  if (seen.stage !== undefined && seen.stage !== stage)
    throw new DomainError('conflict', `${seen.stage} does not wait for an approval, ${stage} does`, details);
}

function isFor({ stage }: Vote, approveKey: string): boolean {
  return stage === undefined || stage === approveKey;
}

/** The approve stage that a vote is for. */
function openApproval(release: Release): string {
  const key = release.groups
    .flatMap((group) => group.stages)
    .find((name) => release.stages[name]?.kind === 'approve' && !hasEnded(release.stages[name].status));
  if (isOver(release) || key === undefined) {
    throw new DomainError('conflict', `${nameOf(release)} is ${release.status}: there is nothing to approve`, {
      reason: 'illegal_transition',
      allowedTransitions: releaseTransitions[release.status],
    });
  }
  if (!artifactOf(release)) {
    throw new DomainError('conflict', `${nameOf(release)} is not built yet: an approval names its digest`, {
      reason: 'not_built',
      fix: `wait for the build: release get ${nameOf(release)} -w`,
    });
  }
  return key;
}

function voteContent(release: Release, voter: Voter, stage: string, hash: string) {
  return {
    releaseId: release.id,
    application: release.application,
    version: release.version,
    actor: { principal: voter.principal, kind: voter.kind },
    planHash: hash,
    stage,
  };
}

function refuse(release: Release, voter: Voter, rules: readonly RuleState[]): void {
  const teams = rules.map((rule) => rule.team);
  const askOthers = `one of ${teams.join(', ')}`;
  const wroteChanges = voter.emails.some((email) => release.changeAuthors.includes(email.toLowerCase()));
  const isAuthor = voter.principal === release.author.principal || wroteChanges;
  // There is nobody else to ask, and no need to.
  if (rules.length === 0 && (isAuthor || voter.kind === 'machine')) {
    throw new DomainError('conflict', `no approval is asked for: ${nameOf(release)} goes on without one`, {
      reason: 'not_required',
      fix: `release why ${nameOf(release)} says what it waits for`,
    });
  }
  if (isAuthor) {
    throw new DomainError('forbidden', 'you are an author', { reason: 'self_approval', fix: askOthers });
  }
  if (voter.kind === 'machine') {
    throw new DomainError('forbidden', 'machines cannot vote', { reason: 'machine_vote', fix: askOthers });
  }
  if (teams.length > 0 && !voter.teams.some((team) => teams.includes(team))) {
    throw new DomainError('forbidden', `you are not in ${teams.join(' or ')}`, {
      reason: 'not_in_team',
      fix: askOthers,
    });
  }
}

import { DomainError } from '@signalbox/domain';
import type { Quarantine, Running } from '@signalbox/domain';
import type { Slot } from '../slot/slot.js';
import { isBusy, nameOf } from './release.js';
import type { Release, Stay } from './release.js';

/** Who asks where no person does. */
export const byWatch = 'monitor';
export const bySignalbox = 'signalbox';

export interface RollbackWish {
  environment: string;
  reason: string;
  by: string;
  /** Absent: the newest of what ran before that is not quarantined. */
  toVersion?: string;
}

/** What to go back to. Throws `conflict` when nothing of what ran before may run again. */
export function rollbackTarget(slot: Slot, wish: RollbackWish, quarantines: readonly Quarantine[]): Running {
  const quarantineOf = (running: Running) =>
    quarantines.find(
      (entry) =>
        !entry.removed &&
        entry.digest === running.digest &&
        (entry.environment === undefined || entry.environment === slot.environment),
    );
  const before = ranBefore(slot);
  const known = before.map((running) => running.version).join(', ') || 'nothing';
  if (wish.toVersion !== undefined) {
    const wanted = before.find((running) => running.version === wish.toVersion);
    const quarantine = wanted && quarantineOf(wanted);
    if (quarantine) throw quarantinedTarget(slot, wanted, quarantine);
    if (wanted) return wanted;
    throw new DomainError(
      'conflict',
      `${wish.toVersion} did not run in ${slot.environment} before; there is ${known}`,
      { reason: 'no_target' },
    );
  }
  const target = before.find((running) => !quarantineOf(running));
  if (target) return target;
  const [newest] = before;
  const quarantine = newest && quarantineOf(newest);
  throw noTarget(slot, known, quarantine && quarantinedTarget(slot, newest, quarantine));
}

/** @param refusal of the newest, where all that ran before is quarantined */
function noTarget({ environment }: Slot, known: string, refusal: DomainError | undefined): DomainError {
  const nothing = `nothing in ${environment} to go back to`;
  const message = refusal
    ? `${nothing}: ${refusal.message}, like all that ran before: ${known}`
    : `${nothing}; before ran: ${known}`;
  return new DomainError('conflict', message, {
    reason: 'no_target',
    ...(refusal?.more.fix !== undefined && { fix: refusal.more.fix }),
  });
}

/** Newest first. */
export function ranBefore({ history, current }: Slot): Running[] {
  return history.filter((running) => running.releaseId !== current?.releaseId);
}

/** An artifact is in quarantine once, under the version that brought it there: that one has to be allowed. */
function quarantinedTarget({ application, environment }: Slot, { version }: Running, quarantine: Quarantine) {
  const name = `${application}@${version}`;
  const under = `${application}@${quarantine.version}`;
  const as = under === name ? '' : ` as ${under}, which has the same artifact`;
  return new DomainError('conflict', `${name} is quarantined in ${environment}${as}`, {
    reason: 'quarantined',
    fix: `release allow ${under} --env ${environment} --reason R`,
  });
}

/** What runs, which must be this release. @throws DomainError conflict when a deployment is in the way, or another runs */
export function requireRollable(release: Release, { application, environment, current, holder }: Slot): Running {
  refuseWhileDeploying(release);
  if (holder && holder.releaseId !== release.id) {
    const held = `${application}@${holder.version}`;
    throw new DomainError('conflict', `${held} is being deployed to ${environment}`, {
      reason: 'environment_busy',
      fix: `release cancel ${held} takes it back`,
    });
  }
  if (current?.releaseId === release.id) return current;
  const live = current ? `${application}@${current.version}` : 'nothing';
  throw new DomainError('conflict', `${nameOf(release)} is not what runs in ${environment}: ${live} does`, {
    reason: 'overtaken',
  });
}

/** While a rollout runs, rolling back means cancelling it. */
function refuseWhileDeploying(release: Release): void {
  const rollout = Object.values(release.stages).find((stage) => stage.kind === 'deploy' && isBusy(stage));
  if (!rollout) return;
  throw new DomainError('conflict', `${nameOf(release)} is being deployed to ${rollout.environment}`, {
    reason: 'environment_busy',
    fix: `release cancel ${nameOf(release)} takes it back`,
  });
}

/** What a release would be taken back to, where it is what runs; and where that cannot be, and why. */
export interface Retreat {
  targets: { slot: Slot; running: Running }[];
  stays: Stay[];
}

/**
 * Of these environments. A version that is asked for is meant for all of them.
 * @throws DomainError conflict when a person has asked and it cannot be there; a watch can be told nothing
 */
export function retreatOf(
  release: Release,
  slots: readonly Slot[],
  wish: RollbackWish,
  quarantines: readonly Quarantine[],
): Retreat {
  const retreat: Retreat = { targets: [], stays: [] };
  for (const slot of slots) {
    try {
      // What stands in the way counts before what there is to go back to.
      const current = requireRollable(release, slot);
      retreat.targets.push({ slot, running: rollbackTarget({ ...slot, current }, wish, quarantines) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (slot.environment === wish.environment && isPerson(wish)) throw error;
      if (slot.current?.releaseId === release.id) retreat.stays.push(stayOf(slot, error));
    }
  }
  return retreat;
}

function isPerson({ by }: RollbackWish): boolean {
  return by !== byWatch && by !== bySignalbox;
}

function stayOf(slot: Slot, { message, more }: DomainError): Stay {
  const [before] = ranBefore(slot);
  const command =
    more.fix ??
    (before
      ? `rollback ${slot.application} --env ${slot.environment} --to ${before.version} --reason R`
      : 'release create');
  return { environment: slot.environment, detail: message, command };
}

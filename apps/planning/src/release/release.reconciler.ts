import { DomainError, effective } from '@signalbox/domain';
import type { EffectiveManifest } from '@signalbox/domain';
import { faultsOf, readManifest } from '../application/manifest-file.js';
import type { ApplicationService } from '../application/application.service.js';
import { RepositoryError } from '../repository/repository.js';
import type { Checkout, Repository } from '../repository/repository.js';
import type { SlotService } from '../slot/slot.service.js';
import { newestBase, newestFirst, refuse, settle, troubled, versionOfTag } from './draft.js';
import type { Facts, Settled } from './draft.js';
import type { Release } from './release.js';
import type { ReleaseService } from './release.service.js';

/** Reads repositories: turns drafts into planned releases, and pushes tags of completed ones. */
export class ReleaseReconciler {
  constructor(
    private readonly releases: ReleaseService,
    private readonly slots: SlotService,
    private readonly applications: ApplicationService,
    private readonly repository: Repository,
  ) {}

  due(): Promise<string[]> {
    return this.releases.due();
  }

  async reconcile(id: string): Promise<void> {
    const { state } = await this.releases.get(id);
    if (state.status === 'draft') await this.plan(state);
    else if (state.tag && !state.tag.done) await this.tag(state, state.tag.name);
  }

  private async plan(release: Release): Promise<void> {
    try {
      const facts = await this.read(release);
      await this.releases.settleDraft(release.id, (current, now) => settle(current, facts, now));
    } catch (error) {
      await this.releases.settleDraft(release.id, (current, now) => refused(current, now, error));
      if (!(error instanceof DomainError || error instanceof RepositoryError)) throw error;
    }
  }

  private async read(release: Release): Promise<Facts> {
    const { location, path, branch } = release.repository;
    await this.repository.refresh(location);
    const ref = release.wish.ref ?? (branch === undefined ? undefined : `refs/heads/${branch}`);
    const checkout = await this.repository.checkout(location, ref, path);
    const { definition, definitionVersion } = await this.definitionAt(release, checkout);
    const candidates = await this.bases(release, checkout.commit, definition);
    // A tag at this very commit names it and begins no scope.
    const isTag = definition.version.source === 'tag';
    const tagged = newestBase(candidates.filter(({ commit }) => commit === checkout.commit));
    const base = newestBase(isTag ? candidates.filter(({ commit }) => commit !== checkout.commit) : candidates);
    const scope = [location, base?.commit, checkout.commit, definition.version.paths] as const;
    const [commits, authors] = await Promise.all([
      this.repository.commitsSince(...scope),
      this.repository.authorsSince(...scope),
    ]);
    const taken = await this.releases.takenVersions(release.application);
    const underway = await this.releases.findUnderway(release.application, checkout.commit);
    const live = await this.slots.newestLive(release.application);
    const guarded = await this.releases.guarded(Object.keys(definition.environments));
    return {
      commit: checkout.commit,
      definition,
      definitionVersion,
      guarded,
      base,
      commits,
      authors,
      taken,
      ...(live && { live }),
      ...(underway && { underway }),
      ...(tagged && { tagged: tagged.version }),
    };
  }

  /** The file at the commit wins and becomes the application's newest definition; REST's counts only where there is none. */
  private async definitionAt(
    release: Release,
    checkout: Checkout,
  ): Promise<{ definition: EffectiveManifest; definitionVersion: number }> {
    const { state } = await this.applications.get(release.application);
    if (checkout.manifest === undefined) return state;
    const manifest = readManifest(checkout.manifest);
    if (release.wish.dryRun) return { definition: effective(manifest), definitionVersion: state.definitionVersion };
    return (await this.applications.redefineByFile(state.id, manifest)).state;
  }

  private async bases(
    release: Release,
    commit: string,
    definition: EffectiveManifest,
  ): Promise<{ version: string; commit: string }[]> {
    const { location } = release.repository;
    const tags = await this.repository.tagsUpTo(location, commit);
    const fromTags = [...tags].flatMap(([tag, at]) => {
      const version = versionOfTag(tag, definition.version.tagFormat);
      return version === undefined ? [] : [{ version, commit: at }];
    });
    const delivered = await this.releases.delivered(release.application);
    const others = newestFirst(delivered.filter((each) => each.commit !== commit)).map((each) => each.commit);
    const ancestor = await this.repository.firstAncestor(location, others, commit);
    const fromReleases = delivered.filter((each) => each.commit === commit || each.commit === ancestor);
    return [...fromTags, ...fromReleases];
  }

  private async tag(release: Release, name: string): Promise<void> {
    const { location } = release.repository;
    let error: string | undefined;
    try {
      await this.repository.refresh(location);
      await this.repository.tag(location, name, release.commit);
    } catch (failure) {
      // The release has ended and is not held up by a repository: what was wrong is shown with it, and nobody tries again.
      if (!(failure instanceof RepositoryError || failure instanceof DomainError)) throw failure;
      error = failure.message.split('\n')[0];
    }
    await this.releases.tagged(release.id, error);
  }
}

function refused(release: Release, now: Date, error: unknown): Settled {
  if (error instanceof RepositoryError) return refuse(release, now, 'repository_unreadable', error.message, error.fix);
  if (error instanceof DomainError)
    return refuse(release, now, error.more.reason ?? error.code, error.message, error.more.fix, faultsOf(error));
  return troubled(release, now, error);
}

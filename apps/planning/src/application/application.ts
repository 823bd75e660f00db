import { applicationDefined, DomainError, draft, effective, isSameJson } from '@signalbox/domain';
import type { Decision, EffectiveManifest, Manifest } from '@signalbox/domain';

/** An application as it is defined now; every change is a new version, and releases keep the version they began with. */
export interface Application {
  /** The name; unique for ever. */
  id: string;
  team: string;
  manifest: Manifest;
  definition: EffectiveManifest;
  definitionVersion: number;
  /** Where the last definition came from: REST, or the file at a release's commit. */
  source: 'rest' | 'file';
  /** Folder or URL that is cloned. */
  repository: string;
}

export interface ApplicationWish {
  team: string;
  manifest: Manifest;
  repository: string;
}

export function define(wish: ApplicationWish): Decision<Application> {
  const definition = effective(wish.manifest);
  const next: Application = {
    id: wish.manifest.name,
    team: wish.team,
    manifest: wish.manifest,
    definition,
    definitionVersion: 1,
    source: 'rest',
    repository: wish.repository,
  };
  return { next, events: [told(next)] };
}

/** A new definition; the same one again changes nothing. A file says neither whose it is nor where it was found. */
export function redefine(
  application: Application,
  wish: Partial<ApplicationWish> & Pick<ApplicationWish, 'manifest'>,
  source: Application['source'],
): Decision<Application> {
  const { team, repository, manifest } = { ...application, ...wish };
  if (manifest.name !== application.id) {
    throw new DomainError(
      'invalid',
      `the definition is named ${manifest.name}, the application ${application.id}: names do not change`,
    );
  }
  const definition = effective(manifest);
  const isSame =
    isSameJson(definition, application.definition) &&
    team === application.team &&
    repository === application.repository;
  if (isSame) return { next: application, events: [] };
  const next: Application = {
    ...application,
    team,
    repository,
    manifest,
    definition,
    source,
    definitionVersion: application.definitionVersion + 1,
  };
  return { next, events: [told(next)] };
}

function told(application: Application) {
  const { id, team, definition, definitionVersion } = application;
  return draft(applicationDefined, {
    subject: id,
    key: `application/${id}`,
    content: { application: id, team, definition, definitionVersion },
  });
}

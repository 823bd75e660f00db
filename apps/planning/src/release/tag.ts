import type { Decision } from '@signalbox/domain';
import type { Release } from './release.js';

/** The tag has been pushed, or could not be: the release stands either way, and a tag is not tried for ever. */
export function tagged(release: Release, error?: string): Decision<Release> {
  const { tag } = release;
  if (!tag || tag.done) return { next: release, events: [] };
  return { next: { ...release, tag: { name: tag.name, done: true, ...(error && { error }) } }, events: [] };
}

export interface Author {
  name: string;
  email: string;
}

export type StorefrontVersion = '1.0.0' | '1.1.0' | '1.2.0';

export const versions: readonly StorefrontVersion[];

/** Makes a git repository that holds the first version; its commits are the author's. Returns the commit's sha. */
export function makeRepository(options: { directory: string; author: Author }): Promise<string>;

/** Adds a version as one commit on top of the version before it; returns the commit's sha. */
export function commitVersion(directory: string, version: StorefrontVersion): Promise<string>;

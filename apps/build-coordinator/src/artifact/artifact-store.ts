import type { Readable } from 'node:stream';

/** Bytes that are not what their digest says. */
export class DigestMismatchError extends Error {
  constructor(wanted: string, found: string) {
    super(`digest mismatch: the bytes are ${found}, not ${wanted}`);
  }
}

export class StoreFullError extends Error {
  constructor() {
    super('the artifact store is full');
  }
}

export interface StoredBlob {
  sizeBytes: number;
  content: Readable;
}

/** Immutable bytes by digest, `sha256:` and 64 hexadecimal digits. */
export interface ArtifactStore {
  /** Whether it is there, and whole, for which all of it is read; what has been altered is put aside and counts as gone. */
  has(digest: string): Promise<boolean>;
  /** Keeps the bytes; the same digest twice is one blob. Throws DigestMismatchError or StoreFullError and keeps nothing then. */
  write(digest: string, content: Readable): Promise<{ sizeBytes: number }>;
  /** Undefined when it is not there; throws DigestMismatchError when what is there has been altered. */
  read(digest: string): Promise<StoredBlob | undefined>;
}

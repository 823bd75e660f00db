import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DigestMismatchError, StoreFullError } from './artifact-store.js';
import type { ArtifactStore, StoredBlob } from './artifact-store.js';

const fullCodes = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** `sha256/ab/cdef…` under one folder; a file appears under its name only when it is whole and on disk. */
export class FileArtifactStore implements ArtifactStore {
  private readonly checks = new Map<string, Promise<boolean>>();

  constructor(private readonly directory: string) {}

  /** Who asks while it is read hears what that finds: a large file is not read side by side for callers who ask again. */
  has(digest: string): Promise<boolean> {
    const check = this.checks.get(digest) ?? this.check(digest).finally(() => this.checks.delete(digest));
    this.checks.set(digest, check);
    return check;
  }

  async write(digest: string, content: Readable): Promise<{ sizeBytes: number }> {
    const incoming = join(this.directory, 'incoming', randomUUID());
    try {
      await mkdir(dirname(incoming), { recursive: true });
      const written = await copy(content, incoming);
      if (written.digest !== digest) throw new DigestMismatchError(digest, written.digest);
      const path = this.pathOf(digest);
      await mkdir(dirname(path), { recursive: true });
      await rename(incoming, path);
      await syncFolder(dirname(path));
      return { sizeBytes: written.sizeBytes };
    } catch (error) {
      await rm(incoming, { force: true });
      throw fullCodes.includes((error as NodeJS.ErrnoException).code ?? '') ? new StoreFullError() : error;
    }
  }

  async read(digest: string): Promise<StoredBlob | undefined> {
    const blob = await this.open(digest);
    return blob && { sizeBytes: blob.sizeBytes, content: blob.file.createReadStream({ start: 0 }) };
  }

  private async check(digest: string): Promise<boolean> {
    try {
      const blob = await this.open(digest);
      await blob?.file.close();
      return blob !== undefined;
    } catch (error) {
      if (error instanceof DigestMismatchError) return false;
      throw error;
    }
  }

  /** Reads all of it first. What has been altered is put aside, so that it can be stored whole again. */
  private async open(digest: string): Promise<{ file: FileHandle; sizeBytes: number } | undefined> {
    const path = this.pathOf(digest);
    const file = await open(path).catch(unlessMissing);
    if (!file) return undefined;
    try {
      const found = await digestOf(file);
      if (found.digest === digest) return { file, sizeBytes: found.sizeBytes };
      if (await isAt(path, file)) await putAside(path, file);
      throw new DigestMismatchError(digest, found.digest);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private pathOf(digest: string): string {
    const hex = digest.replace('sha256:', '');
    return join(this.directory, 'sha256', hex.slice(0, 2), hex.slice(2));
  }
}

async function copy(content: Readable, path: string): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const file = await open(path, 'wx');
  try {
    // left open after an error, so that the sender can still be answered
    const chunks = content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

async function digestOf(file: FileHandle): Promise<{ digest: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) {
    hash.update(chunk as Buffer);
    sizeBytes += (chunk as Buffer).length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

/** False when another has put it aside meanwhile, or stored it whole again. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const [opened, there] = await Promise.all([file.stat(), stat(path).catch(unlessMissing)]);
  return opened.ino === there?.ino;
}

async function putAside(path: string, file: FileHandle): Promise<void> {
  const aside = `${path}.damaged`;
  await rename(path, aside).catch(unlessMissing);
  // Stored whole again in this very moment: that is what was moved.
  if (!(await isAt(aside, file))) await rename(aside, path).catch(unlessMissing);
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

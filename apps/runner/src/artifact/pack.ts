import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { isInside } from '../workspace/inside.js';

/** A tree that cannot become an artifact; `message` is for people. */
export class PackError extends Error {}

export interface Packed {
  digest: string;
  sizeBytes: number;
}

const epoch = new Date(0);

/**
 * Packs files, by their paths below `root`, into an uncompressed tar that depends on nothing but names, contents, whether
 * they are executable, and where links point: the same tree gives the same digest.
 */
export async function packTree(root: string, paths: readonly string[], target: string): Promise<Packed> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const tar = pack();
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  const writing = pipeline(hashed, createWriteStream(target));
  const adding = (async () => {
    for (const path of paths) await add(tar, root, path);
    tar.finalize();
  })().catch((error: unknown) => {
    tar.destroy(error as Error);
    throw error;
  });
  // The first to fail says why; nothing is left open behind it.
  await Promise.all([writing, adding]).catch(async (error: unknown) => {
    await Promise.allSettled([writing, adding]);
    throw error;
  });
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes };
}

async function add(tar: Pack, root: string, name: string): Promise<void> {
  const path = join(root, name);
  const found = await lstat(path);
  const common = { name, mtime: epoch, uid: 0, gid: 0 };
  if (found.isSymbolicLink()) {
    const linkname = await readlink(path);
    await requireInside(root, path, linkname, name);
    tar.entry({ ...common, type: 'symlink', linkname, mode: 0o777, size: 0 });
    return;
  }
  const mode = found.mode & 0o111 ? 0o755 : 0o644;
  const entry = tar.entry({ ...common, type: 'file', mode, size: found.size });
  await pipeline(createReadStream(path), entry);
}

async function requireInside(root: string, path: string, target: string, name: string): Promise<void> {
  const reached = await realpath(path).catch(() => undefined);
  const isFine =
    !isAbsolute(target) &&
    isInside(root, resolve(dirname(path), target)) &&
    (reached === undefined || isInside(await realpath(root), reached));
  if (!isFine) throw new PackError(`${name} is a link that leaves the tree: ${target}`);
}

export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}

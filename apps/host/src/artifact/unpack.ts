import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { ArtifactError } from './artifact-error.js';

interface Link {
  path: string;
  target: string;
}

/**
 * Unpacks a tar into an empty directory and verifies its digest on the way; after an error the directory must not be
 * used. Nothing is written outside the directory, nothing in it points outside.
 */
export async function unpack(tar: string, digest: string, directory: string): Promise<void> {
  const hash = createHash('sha256');
  const links: Link[] = [];
  const entries = extract();
  const reading = pipeline(
    createReadStream(tar),
    async function* (source) {
      for await (const chunk of source) {
        hash.update(chunk as Buffer);
        yield chunk;
      }
    },
    entries,
  );
  const writing = (async () => {
    for await (const entry of entries) {
      await writeEntry(entry.header, entry, directory, links);
      entry.resume();
    }
  })();
  const [read, written] = await Promise.allSettled([reading, writing]);
  if (read.status === 'rejected' || written.status === 'rejected') {
    // altered bytes may make a malformed archive: the digest is the better answer
    verify(await digestOf(tar), digest);
    throw written.status === 'rejected' ? written.reason : (read as PromiseRejectedResult).reason;
  }
  verify(`sha256:${hash.digest('hex')}`, digest);
  await writeLinks(links, await realpath(directory));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}

export function verify(actual: string, wanted: string): void {
  if (actual === wanted) return;
  throw new ArtifactError('digest_mismatch', `digest mismatch: artifact is ${actual}, not ${wanted}`);
}

async function writeEntry(
  header: Header,
  content: AsyncIterable<unknown>,
  directory: string,
  links: Link[],
): Promise<void> {
  const path = inside(directory, header.name);
  switch (header.type) {
    case 'directory':
      await mkdir(path, { recursive: true });
      return;
    case 'file':
    case 'contiguous-file':
      await mkdir(dirname(path), { recursive: true });
      await pipeline(content, createWriteStream(path, { flags: 'wx', mode: ((header.mode ?? 0o644) & 0o755) | 0o600 }));
      return;
    case 'symlink':
      links.push({ path, target: header.linkname ?? '' });
      return;
    default:
      throw new ArtifactError('artifact_invalid', `${header.name}: entries of type ${header.type} are not allowed`);
  }
}

/** Links come last, so that no entry is written through one. */
async function writeLinks(links: readonly Link[], directory: string): Promise<void> {
  for (const { path, target } of links) {
    const name = relative(directory, path);
    if (isAbsolute(target)) throw leaves(name);
    inside(directory, relative(directory, resolve(dirname(path), target)));
    await mkdir(dirname(path), { recursive: true });
    if ((await realpath(dirname(path))) !== dirname(path)) throw leaves(name);
    await symlink(target, path);
  }
  for (const { path } of links) {
    const reached = await realpath(path).catch(() => directory);
    inside(directory, relative(directory, reached));
  }
}

function inside(directory: string, name: string): string {
  const path = join(directory, name);
  const way = relative(directory, path);
  if (isAbsolute(name) || way === '..' || way.startsWith('../')) throw leaves(name);
  return path;
}

function leaves(name: string): ArtifactError {
  return new ArtifactError('artifact_invalid', `${name} leaves the artifact`);
}

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { removeTree } from '@signalbox/domain';
import { asArtifactError, ArtifactError } from './artifact-error.js';
import { unpack, verify } from './unpack.js';

const LARGEST_BYTES = 4 * 1024 ** 3;
/** For rolling back without the store. */
const UNNEEDED_KEPT = 20;
const FETCH_TIMEOUT_MS = 300_000;

/** Artifacts by digest; each is fetched once and verified again whenever it is unpacked. */
export class ArtifactCache {
  private readonly fetching = new Map<string, Promise<void>>();

  constructor(private readonly folder: string) {}

  /** Fills a fresh directory with the artifact, which is fetched again once if its copy here was altered. */
  async materialise(digest: string, url: string, directory: string, signal: AbortSignal): Promise<void> {
    for (const isLastTry of [false, true]) {
      const wasHere = existsSync(this.pathOf(digest));
      await unlessAborted(this.fetchOnce(digest, url), signal);
      try {
        await removeTree(directory);
        await mkdir(directory, { recursive: true });
        await unpack(this.pathOf(digest), digest, directory);
        return;
      } catch (error) {
        const reason = asArtifactError(error, 'artifact_invalid');
        await removeTree(directory);
        if (reason.code !== 'digest_mismatch') throw reason;
        await rm(this.pathOf(digest), { force: true });
        if (isLastTry || !wasHere) throw reason;
      }
    }
  }

  async discard(directory: string): Promise<void> {
    await removeTree(directory);
  }

  /** Removes what a killed host had not fetched to the end. */
  async removePartial(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    await Promise.all(
      names.filter((name) => name.endsWith('.partial')).map(async (name) => rm(join(this.folder, name))),
    );
  }

  /** Forgets the oldest artifacts that nothing needs any more. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    const names = (await readdir(this.folder).catch(() => [])).filter((name) => name.endsWith('.tar'));
    const unneeded = names.filter((name) => !needed.has(`sha256:${name.replace('.tar', '')}`));
    const dated = await Promise.all(
      unneeded.map(async (name) => {
        const path = join(this.folder, name);
        return { path, fetchedAtMs: (await stat(path)).mtimeMs };
      }),
    );
    dated.sort((a, b) => b.fetchedAtMs - a.fetchedAtMs);
    await Promise.all(dated.slice(UNNEEDED_KEPT).map(async ({ path }) => rm(path, { force: true })));
  }

  private pathOf(digest: string): string {
    return join(this.folder, `${digest.replace('sha256:', '')}.tar`);
  }

  private async fetchOnce(digest: string, url: string): Promise<void> {
    if (existsSync(this.pathOf(digest))) return;
    const underWay = this.fetching.get(digest);
    if (underWay) return underWay;
    const fetched = this.download(digest, url).finally(() => this.fetching.delete(digest));
    this.fetching.set(digest, fetched);
    return fetched;
  }

  private async download(digest: string, url: string): Promise<void> {
    const partial = join(this.folder, `${randomUUID()}.partial`);
    try {
      const body = await open(url);
      await mkdir(this.folder, { recursive: true });
      const hash = createHash('sha256');
      await pipeline(body, uncompressed, limitedAndHashed(hash), createWriteStream(partial, { flags: 'wx' }));
      verify(`sha256:${hash.digest('hex')}`, digest);
      await rename(partial, this.pathOf(digest));
    } catch (error) {
      await rm(partial, { force: true });
      throw asArtifactError(error, 'artifact_unavailable');
    }
  }
}

/** Others may wait for the same work, so it goes on. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const stop = new AbortController();
  const aborted = once(signal, 'abort', { signal: stop.signal }).then(() => signal.throwIfAborted());
  aborted.catch(() => undefined);
  await Promise.race([work, aborted]).finally(() => stop.abort());
}

async function open(url: string): Promise<AsyncIterable<Uint8Array>> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (response.ok && response.body) return response.body;
  throw refusal(response.status, await response.text());
}

/** Only what waiting may cure is unavailable. */
function refusal(status: number, body: string): ArtifactError {
  const { code, detail } = problemIn(body);
  if (code === 'digest_mismatch') return new ArtifactError('digest_mismatch', `artifact in the store: ${detail}`);
  if (status === 404) return new ArtifactError('artifact_missing', `artifact: ${detail ?? 'the store has none'}`);
  return new ArtifactError(
    'artifact_unavailable',
    `artifact: the store answered ${status}${detail ? `: ${detail}` : ''}`,
  );
}

function problemIn(body: string): { code?: string; detail?: string } {
  try {
    return (JSON.parse(body) as { code?: string; detail?: string } | null) ?? {};
  } catch {
    return {};
  }
}

function limitedAndHashed(hash: ReturnType<typeof createHash>) {
  return async function* (source: AsyncIterable<Buffer>) {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > LARGEST_BYTES) throw new ArtifactError('artifact_invalid', 'artifact is larger than 4 GiB');
      hash.update(chunk);
      yield chunk;
    }
  };
}

/** The digest is that of the tar; on the way it may be gzipped. */
async function* uncompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const whole = (async function* () {
    yield head;
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) return;
      yield Buffer.from(value);
    }
  })();
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (!isGzip) {
    yield* whole;
    return;
  }
  const gunzip = createGunzip();
  const feeding = pipeline(whole, gunzip);
  feeding.catch(() => undefined);
  yield* gunzip as AsyncIterable<Buffer>;
  await feeding;
}

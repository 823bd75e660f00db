import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FileArtifactStore } from './file-artifact-store.js';

let folder: string;
let store: FileArtifactStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-store-'));
  store = new FileArtifactStore(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytes = Buffer.alloc(4_000_000, 'artifact');
const hex = createHash('sha256').update(bytes).digest('hex');
const digest = `sha256:${hex}`;
const path = () => join(folder, 'sha256', hex.slice(0, 2), hex.slice(2));
const write = () => store.write(digest, Readable.from([bytes]));

it('is read once for all who ask meanwhile, and again for those who ask later', async () => {
  await write();
  const asked = store.has(digest);
  expect(store.has(digest)).toBe(asked);
  expect(await asked).toBe(true);
  await writeFile(path(), 'altered');
  expect(await store.has(digest)).toBe(false);
});

describe('a blob that was altered on disk', () => {
  it('counts as gone for everybody who asks at once, and is kept aside', async () => {
    await write();
    await writeFile(path(), 'altered');
    const answers = await Promise.all(Array.from({ length: 8 }, () => store.has(digest)));
    expect(new Set(answers)).toEqual(new Set([false]));
    expect(await readFile(`${path()}.damaged`, 'utf8')).toBe('altered');
  });

  it('does not take with it what is stored whole again meanwhile', async () => {
    const altered = Buffer.alloc(bytes.length, 'x');
    for (let round = 0; round < 10; round += 1) {
      await write();
      await writeFile(path(), altered);
      const asking = store.has(digest);
      await write();
      await asking;
      expect({ round, isThere: await store.has(digest) }).toEqual({ round, isThere: true });
    }
  });
});

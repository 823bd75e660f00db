import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pack } from 'tar-stream';
import { unpack } from './unpack.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-unpack-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0];

async function unpacked(entries: [Entry, string?][]): Promise<string> {
  const archive = pack();
  for (const [header, content = ''] of entries) archive.entry(header, content);
  archive.finalize();
  const tar = await buffer(archive as unknown as AsyncIterable<Buffer>);
  await writeFile(join(folder, 'artifact.tar'), tar);
  const directory = await mkdtemp(join(folder, 'into-'));
  await unpack(join(folder, 'artifact.tar'), `sha256:${createHash('sha256').update(tar).digest('hex')}`, directory);
  return directory;
}

const link = (name: string, linkname: string): [Entry] => [{ name, type: 'symlink', linkname }];

describe('unpack', () => {
  it('writes files with their modes, directories and links inside the tree', async () => {
    const directory = await unpacked([
      [{ name: 'bin', type: 'directory' }],
      [{ name: 'bin/run', mode: 0o755 }, 'run'],
      [{ name: 'deep/er/file', mode: 0o644 }, 'content'],
      link('bin/alias', '../deep/er/file'),
    ]);
    expect((await stat(join(directory, 'bin/run'))).mode & 0o777).toBe(0o755);
    expect(await readFile(join(directory, 'bin/alias'), 'utf8')).toBe('content');
    expect(await readlink(join(directory, 'bin/alias'))).toBe('../deep/er/file');
  });

  it.each<[string, [Entry, string?][]]>([
    ['a path upwards', [[{ name: '../evil' }, 'x']]],
    ['an absolute path', [[{ name: '/tmp/evil' }, 'x']]],
    ['a link upwards', [link('a', '../..')]],
    ['an absolute link', [link('a', '/etc/passwd')]],
    ['a link through a link', [link('d/e/up', '../..'), link('y', 'd/e/up/../..')]],
    ['a link placed through a link', [link('a/b/c', '../..'), link('a/b/c/q', '../../nowhere')]],
    ['a file placed through a link', [link('a', '..'), [{ name: 'a/evil' }, 'x']]],
  ])('refuses %s', async (_what, entries) => {
    await expect(unpacked(entries)).rejects.toMatchObject({ code: 'artifact_invalid' });
  });

  it('refuses devices', async () => {
    await expect(unpacked([[{ name: 'null', type: 'character-device' }]])).rejects.toMatchObject({
      code: 'artifact_invalid',
    });
  });
});

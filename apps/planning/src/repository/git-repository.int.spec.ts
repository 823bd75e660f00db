import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestRepository } from '../../testing/repository.js';
import { gitEnvironmentOf, GitRepository } from './git-repository.js';
import { RepositoryError } from './repository.js';
import { RepositoryRules } from './repository-rules.js';

let folder: string;
let repository: TestRepository;
let mirror: GitRepository;
let head: string;
const separators = 'between \u001e and \u001f';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-git-'));
  repository = await TestRepository.create(join(folder, 'shop'), 'name: shop');
  mirror = new GitRepository(
    join(folder, 'mirrors'),
    { PATH: process.env['PATH'] ?? '', HOME: folder },
    new RepositoryRules(true),
  );
  await repository.commit(`feat!: ${separators}\n\n${separators}`, {}, 'mallory@example.com');
  await repository.git('checkout', '-q', '-b', 'side', 'HEAD~1');
  await repository.commit('fix: prices', { 'prices.txt': '1' }, 'bob@example.com');
  await repository.git('checkout', '-q', 'main');
  const merger = ['-c', 'user.name=C', '-c', 'user.email=cleo@example.com'];
  await repository.git(...merger, 'merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  head = (await repository.git('rev-parse', 'HEAD')).trim();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** When each mirror was last fetched into: git writes FETCH_HEAD with every fetch. */
async function fetchesOf(root: string): Promise<Record<string, number>> {
  const names = await readdir(join(root, 'mirrors'));
  const times = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(root, 'mirrors', name, 'FETCH_HEAD')).catch(() => undefined);
      return [name, found?.mtimeMs ?? 0] as const;
    }),
  );
  return Object.fromEntries(times);
}

it('is read through the proxy of this machine', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port } = proxy.address() as AddressInfo;
  try {
    const variables = { HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: undefined, CURSOR_KEY: 'of ours' };
    const environment = gitEnvironmentOf({ ...variables, PATH: process.env['PATH'] ?? '', HOME: folder });
    const behind = new GitRepository(join(folder, 'behind'), environment, new RepositoryRules(false));
    await expect(behind.refresh('https://git.example.test/shop.git')).rejects.toThrow(RepositoryError);
    expect(asked).toEqual(['git.example.test:443']);
    expect(Object.keys(environment).toSorted()).toEqual(['HOME', 'HTTPS_PROXY', 'PATH']);
  } finally {
    proxy.close();
  }
});

describe('commits of a mirror', () => {
  it('are all there, whatever characters their messages hold', async () => {
    const commits = await mirror.commitsSince(repository.location, undefined, head, ['**']);
    expect(commits.map(({ authorEmail, message }) => [authorEmail, message.trim()])).toEqual(
      expect.arrayContaining([
        ['mallory@example.com', `feat!: ${separators}\n\n${separators}`],
        ['bob@example.com', 'fix: prices'],
        ['ann@example.com', 'feat: the beginning'],
      ]),
    );
    expect(commits).toHaveLength(3);
  });

  it('name everybody who wrote or merged them', async () => {
    const authors = await mirror.authorsSince(repository.location, undefined, head, ['**']);
    expect(authors.toSorted()).toEqual([
      'ann@example.com',
      'bob@example.com',
      'cleo@example.com',
      'mallory@example.com',
    ]);
    const first = (await repository.git('rev-parse', 'side~1')).trim();
    expect(await mirror.authorsSince(repository.location, first, head, ['prices.txt'])).toEqual(['bob@example.com']);
  });

  it('reads the manifest of a folder however its path is written, and tags that have a branch of the same name', async () => {
    const web = await TestRepository.create(join(folder, 'web'), 'name: web');
    await mkdir(join(web.location, 'front'));
    const commit = await web.commit('feat: front', { 'front/signalbox.yaml': 'name: front' });
    await web.git('tag', 'v1.0.0');
    await web.git('branch', 'v1.0.0');
    await mirror.refresh(web.location);
    for (const path of ['front', './front', 'front/'])
      expect(await mirror.checkout(web.location, undefined, path)).toEqual({ commit, manifest: 'name: front' });
    expect((await mirror.checkout(web.location, undefined, '.')).manifest).toBe('name: web');
    expect([...(await mirror.tagsUpTo(web.location, commit)).keys()]).toEqual(['v1.0.0']);
  });

  it('tags a commit at the source, and says in git’s words why a tag was not taken', async () => {
    const guarded = await TestRepository.create(join(folder, 'guarded'), 'name: guarded');
    const commit = (await guarded.git('rev-parse', 'HEAD')).trim();
    await mirror.refresh(guarded.location);
    await mirror.tag(guarded.location, 'v0.9.0', commit);
    expect((await guarded.git('rev-parse', 'v0.9.0')).trim()).toBe(commit);
    const hook = join(guarded.location, '.git', 'hooks', 'pre-receive');
    await mkdir(dirname(hook), { recursive: true });
    await writeFile(hook, '#!/bin/sh\necho "tags are for others" >&2\nexit 1\n', { mode: 0o755 });
    const refused: unknown = await mirror.tag(guarded.location, 'v1.0.0', commit).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RepositoryError);
    expect((refused as Error).message).toMatch(/tags are for others|pre-receive hook declined/);
  });
});

describe('a mirror of a folder', () => {
  it('is neither made nor brought up to date where local repositories are not allowed', async () => {
    const environment = { PATH: process.env['PATH'] ?? '', HOME: folder };
    await mirror.refresh(repository.location);
    const elsewhere = new GitRepository(join(folder, 'mirrors'), environment, new RepositoryRules(false));
    await expect(elsewhere.refresh(repository.location)).rejects.toMatchObject({ code: 'invalid' });
    const unruled = new GitRepository(join(folder, 'mirrors'), environment, {
      protocols: 'https:ssh',
      refuseOther: () => undefined,
    } as unknown as RepositoryRules);
    await expect(unruled.refresh(repository.location)).rejects.toThrow(/transport 'file' not allowed/);
  });
});

describe('a mirror', () => {
  it('follows its repository: new commits, and a HEAD that has moved to another branch', async () => {
    const moving = await TestRepository.create(join(folder, 'moving'), 'name: moving\n');
    const first = await mirror.checkout(moving.location, undefined, '.');
    expect(first.manifest).toBe('name: moving\n');
    await moving.git('checkout', '-q', '-b', 'next');
    await moving.commit('feat: next', { 'signalbox.yaml': 'name: moved\n' });
    await mirror.refresh(moving.location);
    const second = await mirror.checkout(moving.location, undefined, '.');
    expect(second.manifest).toBe('name: moved\n');
    const ancestorOf = (commit: string, ...candidates: string[]) =>
      mirror.firstAncestor(moving.location, ['0'.repeat(40), ...candidates], commit);
    expect(await ancestorOf(second.commit, first.commit)).toBe(first.commit);
    expect(await ancestorOf(first.commit, second.commit)).toBeUndefined();
  });

  it('follows tags that come, move and go, and knows again what it has told before', async () => {
    const tagged = await TestRepository.create(join(folder, 'tagged'), 'name: tagged\n');
    const second = await tagged.commit('fix: second');
    const tagsAfterRefresh = async () => {
      await mirror.refresh(tagged.location);
      return mirror.tagsUpTo(tagged.location, second);
    };
    expect(await tagsAfterRefresh()).toEqual(new Map());
    await tagged.git('tag', 'v1', 'HEAD~1');
    const first = (await tagged.git('rev-parse', 'v1')).trim();
    expect(await tagsAfterRefresh()).toEqual(new Map([['v1', first]]));
    await tagged.git('tag', '--force', 'v1', 'HEAD');
    expect(await tagsAfterRefresh()).toEqual(new Map([['v1', second]]));
    await tagged.git('tag', '--delete', 'v1');
    expect(await tagsAfterRefresh()).toEqual(new Map());
  });

  it('has what was pushed before it was asked to refresh, also where an earlier refresh is still at work', async () => {
    const busy = await TestRepository.create(join(folder, 'busy'), 'name: busy\n');
    await mirror.refresh(busy.location);
    for (let round = 0; round < 5; round += 1) {
      const earlier = mirror.refresh(busy.location);
      const pushed = await busy.commit(`fix: ${round}`);
      const asked = [mirror.refresh(busy.location), mirror.refresh(busy.location)];
      await Promise.all([earlier, ...asked]);
      expect((await mirror.checkout(busy.location, undefined, '.')).commit).toBe(pushed);
    }
  });

  it('reads nothing from a source that has not moved', async () => {
    const quiet = await TestRepository.create(join(folder, 'quiet'), 'name: quiet\n');
    const before = await mirror.checkout(quiet.location, undefined, '.');
    // Learns what it has, then finds it unchanged.
    await mirror.refresh(quiet.location);
    const fetches = await fetchesOf(folder);
    await mirror.refresh(quiet.location);
    expect(await fetchesOf(folder)).toEqual(fetches);
    expect(await mirror.checkout(quiet.location, undefined, '.')).toEqual(before);
    await quiet.commit('fix: it moves');
    await mirror.refresh(quiet.location);
    expect(await fetchesOf(folder)).not.toEqual(fetches);
  });

  it('says what git says of a source that is not there, and takes no option for a ref', async () => {
    await expect(mirror.refresh(join(folder, 'nowhere'))).rejects.toThrow(
      /nowhere cannot be read: repository '.*nowhere' does not exist/,
    );
    await expect(mirror.checkout(repository.location, '--all', '.')).rejects.toThrow('--all is not the name of');
    await expect(mirror.checkout(repository.location, 'gone', '.')).rejects.toThrow('has no commit gone');
  });
});

describe('authors', () => {
  it('are known of more commits than are told as changes', async () => {
    const many = Array.from(
      { length: 1_005 },
      (_, index) =>
        `commit refs/heads/main\nauthor A <a${index}@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\ndata 7\nfix: an\n`,
    );
    const large = await TestRepository.create(join(folder, 'large'), 'name: large');
    large.fastImport(`reset refs/heads/main\n${many.join('\n')}`);
    const authors = await mirror.authorsSince(large.location, undefined, 'main', ['**']);
    expect(authors).toContain('a0@example.com');
    expect(authors).toHaveLength(1_005);
  });
});

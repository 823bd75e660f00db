import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const messages = new Map([
  ['1.0.0', 'feat: first version'],
  ['1.1.0', 'feat: gift cards'],
  ['1.2.0', 'feat: faster checkout'],
]);

export const versions = [...messages.keys()];

/** Makes a git repository that holds the first version; its commits are the author's. */
export async function makeRepository({ directory, author }) {
  await mkdir(directory, { recursive: true });
  await git(directory, 'init', '--quiet', '--initial-branch=main');
  await git(directory, 'config', 'user.name', author.name);
  await git(directory, 'config', 'user.email', author.email);
  await git(directory, 'config', 'commit.gpgSign', 'false');
  return commitVersion(directory, '1.0.0');
}

/** Adds a version as one commit on top of the version before it; returns the commit's sha. */
export async function commitVersion(directory, version) {
  const message = messages.get(version);
  if (message === undefined) throw new Error(`no version ${version}: there are ${versions.join(', ')}`);
  await cp(join(import.meta.dirname, 'versions', version), directory, { recursive: true });
  await git(directory, 'add', '--all');
  await git(directory, 'commit', '--quiet', '--message', message);
  return git(directory, 'rev-parse', 'HEAD');
}

async function git(directory, ...args) {
  const { stdout } = await run('git', ['-C', directory, ...args]);
  return stdout.trim();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [directory, last = '1.2.0'] = process.argv.slice(2);
  if (directory === undefined || !versions.includes(last)) {
    console.error('usage: node make-repository.mjs DIRECTORY [1.0.0 | 1.1.0 | 1.2.0]');
    process.exit(2);
  }
  await makeRepository({ directory, author: { name: 'Storefront author', email: 'author@storefront.example' } });
  for (const version of versions.slice(1, versions.indexOf(last) + 1)) await commitVersion(directory, version);
}

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { isAbsolute, join, posix } from 'node:path';
import { Failure } from './failure.js';

/** The git checkout a command works in. */
export interface WorkingTree {
  directory: string;
  root: string;
  /** The directory as seen from the root; `.` at the root itself. */
  path: string;
  head: string;
}

/** @throws Failure when the directory is no git repository or has no commit */
export async function openWorkingTree(directory: string): Promise<WorkingTree> {
  const [root, prefix, head] = await Promise.all([
    git(directory, ['rev-parse', '--show-toplevel']),
    git(directory, ['rev-parse', '--show-prefix']),
    git(directory, ['rev-parse', '--verify', 'HEAD']),
  ]);
  if (root === undefined) throw new Failure(2, `${directory} is not a git repository`, { fix: 'git init, commit' });
  if (head === undefined) throw new Failure(2, `${directory} has no commits`, { fix: 'git add, git commit' });
  return { directory, root, path: prefix ? prefix.replace(/\/$/, '') : '.', head };
}

export async function uncommittedFiles(tree: WorkingTree): Promise<number> {
  const status = (await git(tree.directory, ['status', '--porcelain'])) ?? '';
  return status.split('\n').filter((line) => line !== '').length;
}

/** Text of `signalbox.yaml` in the directory. */
export function readManifestText(directory: string): string {
  try {
    return readFileSync(join(directory, 'signalbox.yaml'), 'utf8');
  } catch {
    throw new Failure(2, `there is no signalbox.yaml in ${directory}`, { fix: 'signalbox app init' });
  }
}

/** @throws Failure when the definition of a sub-folder names another one: what is built would not be what stands there */
export async function refuseOtherPath({ path }: WorkingTree, manifestText: string): Promise<void> {
  if (path === '.') return;
  const { parseDocument } = await import('yaml');
  const document = parseDocument(manifestText);
  // What cannot be read is told by whom it is sent to, with every fault.
  if (document.errors.length > 0) return;
  const named: unknown = document.getIn(['repository', 'path']);
  if (typeof named === 'string' && posix.relative(path, named) === '') return;
  const says = typeof named === 'string' ? `repository.path ${named}` : 'no repository.path, which is the root';
  throw new Failure(2, `${path}/signalbox.yaml names ${says}: builds would run there, not in ${path}`, {
    fix: `repository: { path: ${JSON.stringify(path)} } in ${path}/signalbox.yaml, then commit it`,
  });
}

/** A repository is this checkout, or what it was cloned from. */
export async function isPlaceOf({ directory, root }: WorkingTree, repository: string): Promise<boolean> {
  const origin = await git(directory, ['remote', 'get-url', 'origin']);
  const place = placeOf(repository);
  return placeOf(root) === place || (origin !== undefined && placeOf(origin) === place);
}

function placeOf(repository: string): string {
  const path = localPath(repository);
  if (path === undefined) return repository.replace(/(?:\.git)?\/*$/, '');
  return existsSync(path) ? realpathSync(path) : path;
}

/** Whether both have begun with one commit; undefined: the other cannot be looked into from here. */
export async function sharesHistory({ directory }: WorkingTree, repository: string): Promise<boolean | undefined> {
  const path = localPath(repository);
  if (path === undefined) return undefined;
  const [ours, theirs] = await Promise.all([beginnings(directory), beginnings(path)]);
  if (!ours || !theirs) return undefined;
  // A shallow clone begins with a commit from the midst of the whole one.
  return (await holdsAny(path, ours)) || holdsAny(directory, theirs);
}

async function beginnings(directory: string): Promise<string[] | undefined> {
  return (await git(directory, ['rev-list', '--max-parents=0', 'HEAD']))?.split('\n');
}

async function holdsAny(directory: string, commits: readonly string[]): Promise<boolean> {
  const held = await Promise.all(commits.map((commit) => git(directory, ['cat-file', '-e', commit])));
  return held.some((answer) => answer !== undefined);
}

/** Undefined: on another machine. */
function localPath(repository: string): string | undefined {
  const path = repository.replace(/^file:\/\//, '');
  return isAbsolute(path) ? path : undefined;
}

export async function applicationName(directory: string): Promise<string> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(readManifestText(directory));
  const [fault] = document.errors;
  if (fault) {
    const { line = 1, col = 1 } = fault.linePos?.[0] ?? {};
    const [why = ''] = fault.message.split(/ at line \d+, column \d+/);
    throw new Failure(2, `signalbox.yaml:${line}:${col} ${why}`, { fix: 'mend signalbox.yaml' });
  }
  const name: unknown = document.get('name');
  if (typeof name === 'string') return name;
  throw new Failure(2, 'signalbox.yaml has no name', { fix: 'name: my-application' });
}

async function git(directory: string, args: string[]): Promise<string | undefined> {
  const { execa } = await import('execa');
  const result = await execa('git', args, { cwd: directory, reject: false });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskSpec } from '@signalbox/domain';
import { runCommand } from '../process/command.js';
import { TaskEnd } from '../task/task-end.js';
import type { TaskContext } from '../task/task-context.js';
import { isInside } from './inside.js';

const gitTimeoutMs = 300_000;

/** Makes a fresh checkout of exactly this commit. @returns the folder in which commands run */
export async function checkOut(
  { commit, repository: { location, path } }: TaskSpec,
  context: TaskContext,
): Promise<string> {
  const tree = join(context.workspace, 'tree');
  if (location.startsWith('-')) throw unreadable(`${location} is not a repository`);
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw unreadable(`${commit} is not a commit`);
  await Promise.all(['home', 'tmp'].map((folder) => mkdir(join(context.workspace, folder), { recursive: true })));
  const git = await gitFor(context);
  // our own copies of the objects: a step must not reach those of the repository
  const cloned = await git(['clone', '--quiet', '--no-checkout', '--no-hardlinks', '--', location, tree]);
  if (cloned !== undefined) throw unreadable(`${location} cannot be read: ${cloned}`);
  const checkout = ['-C', tree, 'checkout', '--quiet', '--detach', commit];
  if ((await git(checkout)) !== undefined) {
    await git(['-C', tree, 'fetch', '--quiet', 'origin', commit]);
    const missing = await git(checkout);
    if (missing !== undefined) throw unreadable(`${location} has no commit ${commit.slice(0, 7)}: ${missing}`);
  }
  return workingDirectory(tree, path);
}

/** Runs git; undefined when it went well, else what it complains of. */
async function gitFor(context: TaskContext): Promise<(args: string[]) => Promise<string | undefined>> {
  const config = join(context.workspace, 'gitconfig');
  // a repository of another user is read all the same, but none of its hooks runs
  await writeFile(
    config,
    '[safe]\n\tdirectory = *\n[core]\n\thooksPath = /dev/null\n[advice]\n\tdetachedHead = false\n',
  );
  return async (args) => {
    let output = '';
    const end = await runCommand({
      run: ['git', ...args],
      directory: context.workspace,
      // planning has decided which repositories are read; git runs no other helper for one
      environment: {
        ...context.gitEnvironment,
        GIT_ALLOW_PROTOCOL: 'https:ssh:file',
        GIT_CONFIG_GLOBAL: config,
        GIT_CONFIG_NOSYSTEM: '1',
      },
      timeoutMs: gitTimeoutMs,
      signal: context.signal,
      onOutput: (text) => (output = `${output}${text}`.slice(-4_000)),
      leftovers: context.leftovers,
    });
    context.signal.throwIfAborted();
    if (end.kind === 'exited' && end.code === 0) return undefined;
    if (end.kind === 'timed_out') return `git took longer than ${gitTimeoutMs / 60_000}m`;
    const fatal = output.split('\n').find((line) => /^(fatal|error):/.test(line));
    return fatal?.replace(/^\w+: /, '') ?? (end.kind === 'not_started' ? `git ${end.why}` : 'git failed');
  };
}

async function workingDirectory(tree: string, path: string): Promise<string> {
  const folder = await realpath(join(tree, path)).catch(() => undefined);
  if (folder !== undefined && isInside(await realpath(tree), folder)) return folder;
  throw new TaskEnd('failed', 'path_missing', `there is no folder ${path} in this commit`);
}

function unreadable(detail: string): TaskEnd {
  return new TaskEnd('errored', 'repository_unreadable', detail);
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..', '..');

export async function fullName(commit) {
  return (await run('git', ['rev-parse', '--verify', `${commit}^{commit}`], { cwd: root })).trim();
}

/**
 * A commit's files in a folder of their own, installed and built as it says.
 * @param apps those to build; all without it
 */
export async function checkOut(commit, folder, apps = []) {
  await mkdir(folder, { recursive: true });
  const archive = join(folder, '.archive.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: root });
  await run('tar', ['-xf', archive], { cwd: folder });
  await install(folder);
  const binaries = join(folder, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${binaries}:${process.env.PATH}`, NX_TUI: 'false', NX_DAEMON: 'false' };
  const which = apps.length > 0 ? ['--projects', apps.map((app) => `@signalbox/${app}`).join(',')] : [];
  const build = ['nx', 'run-many', '-t', 'build', ...which, '--outputStyle=static', '--parallel=2'];
  await run('npx', build, { cwd: folder, env });
}

/** The packages of this checkout, where it has the same, else from the registry. */
async function install(folder) {
  const lockOf = (checkout) => readFile(join(checkout, 'package-lock.json'), 'utf8');
  if ((await lockOf(folder)) === (await lockOf(root))) {
    try {
      for (const at of ['.', ...(await nested())])
        await run('cp', ['-al', join(root, at, 'node_modules'), join(folder, at)]);
      return;
    } catch {
      // On another file system there are no links to them.
      for (const at of ['.', ...(await nested())])
        await rm(join(folder, at, 'node_modules'), { recursive: true, force: true });
    }
  }
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}

/** Workspaces with packages of their own. */
async function nested() {
  const folders = (await Promise.all(['apps', 'libs'].map((of) => readdir(join(root, of))))).flatMap((names, index) =>
    names.map((name) => join(['apps', 'libs'][index] ?? '', name)),
  );
  return folders.filter((of) => existsSync(join(root, of, 'node_modules')));
}

/** @returns what it printed; its errors are told when it fails */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}\n${output}${errors}`)),
    );
  });
}

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..', '..');

export async function fullName(commit) {
  return (await run('git', ['rev-parse', '--verify', `${commit}^{commit}`], { cwd: root })).trim();
}

/** A commit's files in a folder of their own, installed and built as it says. */
export async function checkOut(commit, folder) {
  await mkdir(folder, { recursive: true });
  const archive = join(folder, '.archive.tar');
  await run('git', ['archive', '--output', archive, commit], { cwd: root });
  await run('tar', ['-xf', archive], { cwd: folder });
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
  const binaries = join(folder, 'node_modules', '.bin');
  const env = { ...process.env, PATH: `${binaries}:${process.env.PATH}`, NX_TUI: 'false', NX_DAEMON: 'false' };
  await run('npx', ['nx', 'run-many', '-t', 'build', '--outputStyle=static', '--parallel=2'], { cwd: folder, env });
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

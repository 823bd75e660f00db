import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A process that can write no file longer than `bytes` while `work` runs: what a full disk is to it, without the
 * rights to mount one. Needs `prlimit` (util-linux).
 * @returns what `work` returns
 */
export async function withDiskRoom<T>(pid: number, bytes: number, work: () => Promise<T>): Promise<T> {
  await limitFiles(pid, String(bytes));
  try {
    return await work();
  } finally {
    await limitFiles(pid, 'unlimited');
  }
}

/** The soft limit alone, which may be raised again; as the user whose process it is, since root may lack the right to others'. */
async function limitFiles(pid: number, bytes: string): Promise<void> {
  const { uid, gid } = statSync(`/proc/${pid}`);
  const as = process.getuid?.() === 0 ? { uid, gid } : {};
  await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], as);
}

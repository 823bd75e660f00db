import { execFile } from 'node:child_process';

/** True when a Docker daemon answers. */
export function hasDocker(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('docker', ['info'], { timeout: 5_000 }, (error) => resolve(error === null));
  });
}

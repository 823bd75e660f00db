import { readdirSync, readFileSync } from 'node:fs';

export const ticksPerSecond = 100;

/** Resident megabytes and processor seconds of our processes below this one, by the name of their app. */
export function usageBelow(launcherPid) {
  const below = new Map(processIds().map((pid) => [pid, /^PPid:\s+(\d+)/m.exec(readNow(`/proc/${pid}/status`))?.[1]]));
  const descends = (pid) => pid !== undefined && (pid === String(launcherPid) || descends(below.get(pid)));
  const found = {};
  for (const pid of [...below.keys()].filter(descends)) {
    const script = /\/apps\/([a-z-]+)\/dist\/(supervisor\/start|bundle\/main)\.js/.exec(
      readNow(`/proc/${pid}/cmdline`),
    );
    const kB = /^VmRSS:\s+(\d+) kB/m.exec(readNow(`/proc/${pid}/status`))?.[1];
    const [user, system] = readNow(`/proc/${pid}/stat`).split(') ').at(-1).split(' ').slice(11, 13).map(Number);
    const name = script?.[2] === 'supervisor/start' ? 'supervisor' : script?.[1];
    if (name) found[name] = { mb: Number(kB) / 1024, cpuS: (user + system) / ticksPerSecond };
  }
  return found;
}

/** Of all that run. */
export function processIds() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** A process that ends while we look has nothing to say. */
export function readNow(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

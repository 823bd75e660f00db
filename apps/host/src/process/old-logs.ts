import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Of each slot, beside those of what runs: a person may still look for why one failed. */
const kept = 20;

/** Where a deployment's output goes. */
export function logPathOf(folder: string, slot: { application: string; environment: string }, deploymentId: string) {
  return join(folder, `${slot.application}-${slot.environment}-${deploymentId}.log`);
}

/** Removes the logs of a slot's deployments but the newest, and never those `inUse`. Their times say when they ended. */
export async function forgetOldLogs(
  folder: string,
  slot: { application: string; environment: string },
  inUse: readonly string[],
): Promise<void> {
  const prefix = `${slot.application}-${slot.environment}-`;
  // `shop-production-` begins the names of `production-eu` too, but what follows there is no deployment.
  const ids = (await readdir(folder)).flatMap((name) => {
    const id = name.startsWith(prefix) ? /^(dep_.+)\.log$/.exec(name.slice(prefix.length))?.[1] : undefined;
    return id === undefined || inUse.includes(id) ? [] : [id];
  });
  const paths = await Promise.all(
    ids.map(async (id) => {
      const path = logPathOf(folder, slot, id);
      return { path, at: (await stat(path)).mtimeMs };
    }),
  );
  const old = paths.toSorted((a, b) => b.at - a.at).slice(kept);
  await Promise.all(old.flatMap(({ path }) => [path, `${path}.1`]).map((path) => rm(path, { force: true })));
}

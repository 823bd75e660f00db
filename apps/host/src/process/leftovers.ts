import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { endGroup } from './child.js';
import { groupMembers, hasVariable, isAlive, type ProcessIdentity, processesWith } from './identity.js';

export const DEPLOYMENT_VARIABLE = 'SIGNALBOX_DEPLOYMENT';
/** In the environment of all that one instance of a deployment starts: finds what has left its process group. */
export const INSTANCE_VARIABLE = 'SIGNALBOX_INSTANCE';
const STRAY_ROUNDS = 50;

const recorded = z.object({ pid: z.int(), start: z.string(), deploymentId: z.string() });
type Recorded = z.infer<typeof recorded>;

/** The running children on disk, so that the next host can end what this one leaves when it is killed. */
export class ChildRecord {
  private readonly children = new Map<number, Recorded>();

  constructor(private readonly path: string) {}

  add(identity: ProcessIdentity, deploymentId: string): void {
    this.children.set(identity.pid, { ...identity, deploymentId });
    this.save();
  }

  remove(pid: number): void {
    if (this.children.delete(pid)) this.save();
  }

  /** Ends the process groups that a killed host has left; their pids may belong to strangers by now. */
  async endLeftovers(graceMs: number): Promise<number> {
    const known = this.load();
    const leftovers = known.filter(isLeftover);
    await Promise.all(leftovers.map((each) => endGroup(each.pid, graceMs)));
    for (const { deploymentId } of known) await endStrays(DEPLOYMENT_VARIABLE, deploymentId);
    this.save();
    return leftovers.length;
  }

  /** A file without its content is what a machine leaves that lost its power: nothing of it runs any more. */
  private load(): Recorded[] {
    if (!existsSync(this.path)) return [];
    const text = readFileSync(this.path, 'utf8');
    try {
      return z.array(recorded).parse(JSON.parse(text));
    } catch {
      return [];
    }
  }

  /** Synchronous: a host killed between start and record would leave a process nobody knows. No fsync: after a crash of the machine nothing is left over. */
  private save(): void {
    writeFileSync(`${this.path}.new`, JSON.stringify([...this.children.values()]));
    renameSync(`${this.path}.new`, this.path);
  }
}

/** Kills until there is none: those that fork while they are being killed take more than one round. */
export async function endStrays(variable: string, value: string): Promise<void> {
  for (let round = 0; round < STRAY_ROUNDS; round += 1) {
    const strays = processesWith(variable, value);
    if (strays.length === 0) return;
    for (const pid of strays) kill(pid);
    await delay(20);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isLeftover(child: Recorded): boolean {
  if (isAlive(child)) return true;
  // the leader is gone, what it started may not be; a group's number is not given away while it has members
  return groupMembers(child.pid).some((pid) => hasVariable(pid, DEPLOYMENT_VARIABLE, child.deploymentId));
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

interface ProcessStat {
  group: number;
  startTicks: string;
}

/** Names one process for ever: pids come again, pid with boot and start time do not. */
export interface ProcessIdentity {
  pid: number;
  start: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid);
  return stat && { pid, start: `${bootId()}:${stat.startTicks}` };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.start === identity.start;
}

/** Processes of a group, zombies left out. */
export function groupMembers(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => readStat(pid)?.group === group);
}

/** TCP ports on which any process of the group listens. */
export function listeningPorts(group: number): number[] {
  const inodes = new Set(groupMembers(group).flatMap(socketInodes));
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    read(table)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === LISTEN && inodes.has(columns[9] as string))
      .map((columns) => Number.parseInt((columns[1] as string).split(':')[1] as string, 16)),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Whether a process was started with this variable. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  return read(`/proc/${pid}/environ`).split('\0').includes(`${name}=${value}`);
}

/** Processes that were started with this variable, whatever group they are in by now. */
export function processesWith(name: string, value: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => hasVariable(pid, name, value) && readStat(pid) !== undefined);
}

function readStat(pid: number): ProcessStat | undefined {
  const text = read(`/proc/${pid}/stat`);
  // the name, in parentheses, may itself hold spaces and parentheses
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 20 || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { group: Number(fields[2]), startTicks: fields[19] as string };
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const match = /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`));
      return match ? [match[1] as string] : [];
    });
  } catch {
    return [];
  }
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id').trim();
}

/** What is gone by now reads as empty. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

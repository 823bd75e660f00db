import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { eventually } from '@signalbox/testing';

/**
 * The process that is connected from this port of the loopback address to that one; undefined when there is none. From
 * one port several processes may be connected, each to another place.
 */
export function pidOfConnection(from: number, to: number): number | undefined {
  const inode = inodeOf(from, to);
  if (inode === undefined) return undefined;
  const socket = `socket:[${inode}]`;
  return numbered('/proc').find((pid) =>
    numbered(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === socket),
  );
}

/** Whether it runs; one that has ended and was not reaped does not. */
export function isRunning(pid: number): boolean {
  return /^State:\s+[^ZX]/m.test(textOf(`/proc/${pid}/status`));
}

export function childrenOf(pid: number): number[] {
  return numbered('/proc').filter((other) =>
    new RegExp(`^PPid:\\s+${pid}$`, 'm').test(textOf(`/proc/${other}/status`)),
  );
}

/** The most memory in bytes that it has held since this was asked last; 0 of one that has ended. */
export function peakMemoryOf(pid: number): number {
  const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
  try {
    // The kernel then counts anew from what is held now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has ended meanwhile.
  }
  return peak;
}

/** The environment that a process was started with. */
export function environmentOf(pid: number): Record<string, string> {
  const entries = textOf(`/proc/${pid}/environ`).split('\0').filter(Boolean);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

export async function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  if (signal === 'SIGKILL') await eventually(() => !isRunning(pid), { what: `process ${pid} to be gone` });
}

/** Ends processes that were started beside the others; those that have ended are passed over. */
export async function killAll(guests: readonly { readonly pid?: number | undefined }[]): Promise<void> {
  for (const { pid } of guests) if (pid !== undefined) await kill(pid);
}

/** `/proc/net/tcp` writes addresses as hexadecimal numbers in the machine's byte order, ports as plain ones. */
function inodeOf(from: number, to: number): string | undefined {
  const [local, remote] = [from, to].map((port) => `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  const lines = textOf('/proc/net/tcp').split('\n');
  const line = lines
    .map((text) => text.trim().split(/\s+/))
    .find((fields) => fields[1] === local && fields[2] === remote && fields[9] !== '0');
  return line?.[9];
}

function numbered(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { readFileSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isAlive } from './child.js';

/** A process as it can be recognised later: numbers are used again, number and start time are not. */
export interface ProcessRecord {
  pid: number;
  startedAt: string;
}

/** The kernel's start time of a process, in ticks since boot. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** The recorded process, if it still runs. */
export async function readLive(file: string): Promise<ProcessRecord | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = readRecord(text);
  return record && isAlive(record.pid) && startTimeOf(record.pid) === record.startedAt ? record : undefined;
}

/** Undefined: the file is without its content, which is what a machine leaves that lost its power. */
function readRecord(text: string): ProcessRecord | undefined {
  try {
    return JSON.parse(text) as ProcessRecord;
  } catch {
    return undefined;
  }
}

/** Processes that were started with this variable, `NAME=value`; the host marks with it what it releases. */
export async function processesWith(variable: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => environments[index]?.split('\0').includes(variable)).map(Number);
}

export async function writeRecord(file: string, pid: number): Promise<void> {
  const record: ProcessRecord = { pid, startedAt: startTimeOf(pid) ?? '' };
  await writeFile(`${file}.${process.pid}`, JSON.stringify(record));
  await rename(`${file}.${process.pid}`, file);
}

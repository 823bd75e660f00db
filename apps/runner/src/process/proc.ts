import { readdirSync, readFileSync } from 'node:fs';

/** Living processes of a group or session; none where there is no /proc. */
export function membersOf(group: number): number[] {
  return pids().filter((pid) => {
    const text = read(`/proc/${pid}/stat`);
    // the name in parentheses may contain anything
    const [state, , itsGroup, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && (Number(itsGroup) === group || Number(session) === group);
  });
}

/** Processes whose environment holds this variable, wherever they have moved themselves. */
export function processesWith(variable: string): number[] {
  return pids().filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(variable));
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

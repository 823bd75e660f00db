import { processIds, readNow, ticksPerSecond } from './processes.mjs';

/** Seconds of a processor that processes have taken, each with all that it has started, also of what has ended since. */
export class ProcessorTime {
  #pids;

  /** @param pids { name: pid } */
  constructor(pids) {
    this.#pids = pids;
  }

  /** @returns { name: seconds } */
  read() {
    const all = stats();
    return Object.fromEntries(Object.entries(this.#pids).map(([name, pid]) => [name, secondsOf(pid, all)]));
  }

  static between(before, after) {
    return Object.fromEntries(Object.entries(after).map(([name, seconds]) => [name, seconds - before[name]]));
  }
}

/** Seconds of the programs that this process has started and that have ended. */
export function endedChildren() {
  const fields = readNow('/proc/self/stat').split(') ').at(-1).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

function secondsOf(pid, all) {
  const own = all.get(pid)?.ticks ?? 0;
  const children = [...all].filter(([, { parent }]) => parent === pid);
  return own / ticksPerSecond + children.reduce((sum, [child]) => sum + secondsOf(child, all), 0);
}

/** Of every process: who started it, and its time with that of its children that have ended. */
function stats() {
  const found = new Map();
  for (const name of processIds()) {
    const fields = readNow(`/proc/${name}/stat`).split(') ').at(-1).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    if (fields.length > 15) found.set(Number(name), { parent: Number(fields[1]), ticks });
  }
  return found;
}

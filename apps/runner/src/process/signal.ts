/** Signals a process group; one that has gone is no fault. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  signalTo(-group, signal);
}

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  signalTo(pid, signal);
}

function signalTo(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

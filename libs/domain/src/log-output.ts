import { writeSync } from 'node:fs';

const standardOutput = 1;
/** A reader that is slow for longer loses lines: nothing waits for it. */
const [waitMs, waits] = [10, 100];

/**
 * Standard output as pino's destination. A line that cannot be written, as on a full disk, is dropped, and how many were is
 * told once lines can be written again: a log must keep nothing from its work, nor a process from ending.
 *
 * @param fd another file than standard output
 */
export function logOutput(fd = standardOutput): { write(line: string): void } {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let [dropped, hasBegun] = [0, false];
  /** @returns whether all of it was written */
  const put = (text: string): boolean => {
    // Whoever did not read before is not waited for again with every line.
    const patience = dropped > 0 ? 0 : waits;
    let left = Buffer.from(text);
    for (let waited = 0; left.length > 0;) {
      try {
        left = left.subarray(writeSync(fd, left));
        hasBegun = left.length > 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited >= patience) return false;
        waited += 1;
        Atomics.wait(pause, 0, 0, waitMs);
      }
    }
    return true;
  };
  /** A line that was cut ends first. */
  const lost = (): string =>
    `${hasBegun ? '\n' : ''}${JSON.stringify({ level: 40, time: new Date().toISOString(), dropped, msg: 'lines of the log could not be written' })}\n`;
  return {
    write(line) {
      dropped = put(dropped > 0 ? lost() + line : line) ? 0 : dropped + 1;
    },
  };
}

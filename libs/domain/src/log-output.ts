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
    let left = Buffer.from(text);
    for (let waited = 0; left.length > 0;) {
      try {
        left = left.subarray(writeSync(fd, left));
        hasBegun = true;
      } catch (error) {
        waited += 1;
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waited > waits) return false;
        Atomics.wait(pause, 0, 0, waitMs);
      }
    }
    hasBegun = false;
    return true;
  };
  return {
    write(line) {
      const lost = { level: 40, time: new Date().toISOString(), dropped, msg: 'lines of the log could not be written' };
      const news = dropped > 0 ? `${hasBegun ? '\n' : ''}${JSON.stringify(lost)}\n` : '';
      if (put(news + line)) dropped = 0;
      else dropped += 1;
    },
  };
}

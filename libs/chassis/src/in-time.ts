/**
 * Waits for an answer no longer than so many milliseconds. @throws then that there is none. The signal tells the call to
 * end; alone it would not do: undici heeds it only once it is connected.
 */
export function inTime<T>(ms: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer in ${ms / 1000}s`)), { once: true });
  });
  return Promise.race([ask(signal), late]);
}

import type { Leftovers } from '../process/leftovers.js';

/** What a task works with. */
export interface TaskContext {
  /** A fresh folder, removed afterwards. */
  workspace: string;
  /** Aborted with a TaskEnd when the task must stop. */
  signal: AbortSignal;
  log(text: string): void;
  /** Puts a file into the store. */
  upload(digest: string, path: string): Promise<void>;
  leftovers: Leftovers;
  gitEnvironment: Readonly<Record<string, string>>;
  stepEnvironment: Readonly<Record<string, string>>;
}

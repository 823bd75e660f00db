import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { inWords } from './in-words.js';

interface Read {
  value?: string | undefined;
  /** Why it has no value though one was meant. */
  fault?: string;
}

/** What is wrong with a process's configuration; `message` names every variable at fault. */
export class ConfigError extends Error {}

/**
 * Reads configuration from environment variables. `NAME_FILE` may hold the path of a file with the value of `NAME`,
 * as secrets are mounted. An empty variable is as good as absent, as files of variables have it; an empty file is a
 * secret that has failed to mount. Throws ConfigError with all faults at once.
 */
export function readConfig<T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): z.output<T> {
  const values: Record<string, string> = {};
  const unread = new Map<string, string>();
  for (const key of Object.keys(schema.shape)) {
    const file = environment[`${key}_FILE`];
    const read: Read = file === undefined || file === '' ? { value: environment[key] } : contentOf(file);
    if (read.fault !== undefined) unread.set(key, `  ${key}_FILE: ${read.fault}`);
    else if (read.value !== undefined && read.value !== '') values[key] = read.value;
  }
  const parsed = schema.safeParse(values, { error: inWords });
  if (parsed.success && unread.size === 0) return parsed.data;
  const issues = (parsed.error?.issues ?? []).filter(({ path }) => !unread.has(String(path[0])));
  const faults = issues.map((issue) => `  ${issue.path.join('.')}: ${faultOf(issue, values)}`);
  throw new ConfigError(`configuration is not usable:\n${[...unread.values(), ...faults].join('\n')}`);
}

/** What the schema says of a variable that is missing is about types; a rule of its own speaks for itself. */
function faultOf({ code, path, message }: z.core.$ZodIssue, values: Record<string, string>): string {
  const isMissing = path.length === 1 && !Object.hasOwn(values, String(path[0]));
  return isMissing && code !== 'custom' ? 'is not set' : message;
}

function contentOf(file: string): Read {
  try {
    const value = readFileSync(file, 'utf8').trim();
    return value === '' ? { fault: `the file ${file} is empty` } : { value };
  } catch (error) {
    return { fault: (error as Error).message };
  }
}

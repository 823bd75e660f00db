import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { inWords } from './in-words.js';

/** What is wrong with a process's configuration; `message` names every variable at fault. */
export class ConfigError extends Error {}

/**
 * Reads configuration from environment variables. `NAME_FILE` may hold the path of a file with the value of `NAME`,
 * as secrets are mounted; empty is as good as absent, as files of variables have it. Throws ConfigError with all faults at once.
 */
export function readConfig<T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): z.output<T> {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const file = environment[`${key}_FILE`];
    const value = file === undefined || file === '' ? environment[key] : contentOf(`${key}_FILE`, file);
    if (value !== undefined && value !== '') values[key] = value;
  }
  const parsed = schema.safeParse(values, { error: inWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${faultOf(issue, values)}`);
  throw new ConfigError(`configuration is not usable:\n${faults.join('\n')}`);
}

/** What the schema says of a variable that is missing is about types; a rule of its own speaks for itself. */
function faultOf({ code, path, message }: z.core.$ZodIssue, values: Record<string, string>): string {
  const isMissing = path.length === 1 && !Object.hasOwn(values, String(path[0]));
  return isMissing && code !== 'custom' ? 'is not set' : message;
}

function contentOf(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`configuration is not usable:\n  ${name}: ${(error as Error).message}`);
  }
}

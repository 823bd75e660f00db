import { z } from 'zod';

/** Names are keys everywhere: in URLs, ports, folders, metrics. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,48}[a-z0-9]$/, 'lower-case letters, digits and dashes, 2 to 50 long');

// What programs are given as arguments and variables.
export const text = z.string().refine((value) => !value.includes('\0'), 'no NUL character');
export const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name');
export const argv = z.array(text).min(1, 'at least the program');
export const portableEnv = z.record(variable, text);
export const relativePath = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'a path inside the repository');

/** A share that is neither nothing nor all. */
export const ratio = z.number().gt(0).lt(1);

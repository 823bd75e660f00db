import { z } from 'zod';

/** A variable that is `true` or `false`. */
export function flag(byDefault: boolean) {
  return z
    .enum(['true', 'false'])
    .default(byDefault ? 'true' : 'false')
    .transform((text) => text === 'true');
}

import { z } from 'zod';

/** When a gate ends: one that had ended before it was made could only be a mistake. */
export const timeToCome = z.iso
  .datetime({ offset: true })
  .refine((time) => Date.parse(time) > Date.now(), 'a time to come');

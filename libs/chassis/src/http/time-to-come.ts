import { z } from 'zod';

/** When something ends that is made now: one that had ended before could only be a mistake. */
export const timeToCome = z.iso
  .datetime({ offset: true })
  .refine((time) => Date.parse(time) > Date.now(), 'a time to come');

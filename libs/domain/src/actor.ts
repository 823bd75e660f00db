import { z } from 'zod';

/** Who did something, as the gateway vouched for it, and why if they said so. */
export const actor = z.object({
  principal: z.string(),
  name: z.string().optional(),
  kind: z.string(),
  reason: z.string().optional(),
});
export type Actor = z.infer<typeof actor>;

import { binding } from '@signalbox/chassis';
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9-]{1,48}$/, 'lower-case letters, digits and dashes');
const given = binding
  .strict()
  .refine(
    ({ role, application, team, source }) =>
      (role === 'publisher') === (source !== undefined) && !(source && (application ?? team)),
    {
      path: ['source'],
      message: 'a publisher is one of a source and of nothing else; no other role has a source',
    },
  );
/** Who is to be there, and what they may do. */
export const principalWish = z.strictObject({
  name,
  kind: z.enum(['person', 'machine']).default('person'),
  teams: z.array(name).max(50).default([]),
  emails: z.array(z.email()).max(20).default([]),
  bindings: z.array(given).max(200),
});
/** What was read may be sent back; its id says nothing that the path does not. */
export const principalReplacement = principalWish.extend({
  disabled: z.boolean().default(false),
  id: z.string().optional(),
});

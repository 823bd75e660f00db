import semver from 'semver';
import { z } from 'zod';

/** `+b` of `1.0.0+b`; versions that differ in nothing else are the same one. */
function buildOf(text: string): string {
  const build = semver.parse(text)?.build ?? [];
  return build.length > 0 ? `+${build.join('.')}` : '';
}

const version = z
  .string()
  .refine((text) => semver.valid(text) !== null, 'a version such as 1.4.0')
  .refine((text) => buildOf(text) === '', {
    error: ({ input }) =>
      `has build metadata, which versions are not told apart by: give it without ${buildOf(String(input))}`,
  });

/** What whoever creates a release may say of it. */
export const releaseWish = z
  .strictObject({
    application: z.string(),
    ref: z.string().min(1).max(200).optional(),
    version: version.optional(),
    bump: z.enum(['major', 'minor', 'patch']).optional(),
    notes: z.string().max(20_000).optional(),
    dryRun: z.boolean().default(false),
  })
  .refine((wish) => wish.version === undefined || wish.bump === undefined, {
    message: 'the version is given already: give one of the two',
    path: ['bump'],
  });

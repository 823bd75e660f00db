import { z } from 'zod';

/** The sha-256 of the uncompressed sorted tar. */
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits');

export const artifact = z.object({ digest, purl: z.string(), sizeBytes: z.number() });
export type Artifact = z.infer<typeof artifact>;

/** The package URL that identifies a release's artifact everywhere. */
export function artifactPurl(application: string, version: string, digest: string): string {
  return `pkg:generic/${application}@${encodeURIComponent(version)}?checksum=${digest}`;
}

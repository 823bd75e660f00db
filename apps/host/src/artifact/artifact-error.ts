import type { DeploymentFailureCode } from '@signalbox/domain';
import { isFull } from '../data/full.js';

export type ArtifactErrorCode = Extract<
  DeploymentFailureCode,
  'artifact_unavailable' | 'artifact_missing' | 'artifact_invalid' | 'digest_mismatch' | 'disk_full'
>;

export class ArtifactError extends Error {
  constructor(
    readonly code: ArtifactErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Names what went wrong; a full disk is told apart because waiting cures it. */
export function asArtifactError(error: unknown, otherwise: ArtifactErrorCode): ArtifactError {
  if (error instanceof ArtifactError) return error;
  if (isFull(error)) return new ArtifactError('disk_full', `disk full (${error.code})`);
  const { message, cause } = error as Error;
  const reason = (cause as Error | undefined)?.message;
  return new ArtifactError(otherwise, reason ? `${message}: ${reason}` : message);
}

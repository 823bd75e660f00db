import { createHmac } from 'node:crypto';
import { isSameSecret } from '@signalbox/domain';

/**
 * A URL of the artifact store that is good for one digest and one method until it expires.
 * @param base the store's address, e.g. `http://127.0.0.1:4602`
 * @param key the store key that signer and store share
 */
export function signStoreUrl(
  base: string,
  key: string,
  method: 'GET' | 'PUT',
  digest: string,
  expiresAt: Date,
): string {
  const expires = Math.floor(expiresAt.getTime() / 1000);
  return `${base}/v1/blobs/${digest}?expires=${expires}&signature=${signature(key, method, digest, expires)}`;
}

/** Whether a signed URL's parameters are genuine and still good. */
export function isStoreUrlValid(
  key: string,
  call: { method: string; digest: string; expires: number; signature: string; now: Date },
): boolean {
  if (!(call.expires * 1000 > call.now.getTime())) return false;
  return isSameSecret(call.signature, signature(key, call.method, call.digest, call.expires));
}

function signature(key: string, method: string, digest: string, expires: number): string {
  return createHmac('sha256', key).update(`${method}\n${digest}\n${expires}`).digest('base64url');
}

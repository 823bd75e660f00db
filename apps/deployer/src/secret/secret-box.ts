import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';

/** Seals values with AES-256-GCM; the place they belong to is authenticated, so that a row copied elsewhere does not open. */
export class SecretBox {
  private readonly key: Buffer;

  constructor(key: string) {
    this.key = createHash('sha256').update(key).digest();
  }

  seal(value: string, place: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
  }

  /** Throws when the text was altered or sealed for another place or with another key. */
  open(text: string, place: string): string {
    const bytes = Buffer.from(text, 'base64');
    const decipher = createDecipheriv(algorithm, this.key, bytes.subarray(0, 12)).setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
  }
}

import { createHash } from 'node:crypto';
import type { Framing, Link } from './proxy.js';

const produce = 0;
const commitTag = Buffer.from('COMMIT\0');
/** Services prepare their statements under the hash of the text (libs/persistence), and send the text only once. */
const commitName = Buffer.from(createHash('sha256').update('COMMIT').digest('base64url').slice(0, 22));

/** Kafka's frames: each begins with its length as a signed 32-bit number in network order. */
export class KafkaFraming implements Framing {
  private held = Buffer.alloc(0);

  push(bytes: Buffer): Buffer[] {
    this.held = Buffer.concat([this.held, bytes]);
    const frames: Buffer[] = [];
    while (this.held.length >= 4) {
      const end = 4 + this.held.readInt32BE(0);
      if (this.held.length < end) break;
      frames.push(this.held.subarray(0, end));
      this.held = this.held.subarray(end);
    }
    return frames;
  }
}

/** The correlation id of a Produce request; undefined for every other request. */
export function produceId(frame: Buffer): number | undefined {
  return frame.length >= 12 && frame.readInt16BE(4) === produce ? frame.readInt32BE(8) : undefined;
}

/** The correlation id of a response. */
export function responseId(frame: Buffer): number | undefined {
  return frame.length >= 8 ? frame.readInt32BE(4) : undefined;
}

/** Where a client's bytes begin to ask for a COMMIT; -1 when they do not. */
export function commitAt(bytes: Buffer): number {
  const name = bytes.indexOf(commitName);
  // Before the name stand the message's kind, its length, and in a Bind the portal's empty name.
  return name >= 0 ? Math.max(0, name - 6) : bytes.indexOf(commitTag);
}

/** Whether the server says that a transaction is committed. */
export function isCommitted(bytes: Buffer): boolean {
  return bytes.includes(commitTag);
}

/** The database that a link of PostgreSQL's protocol has asked for; empty until it has. */
export function databaseOf({ greeting }: Link): string {
  return /database\0([^\0]+)\0/.exec(greeting)?.[1] ?? '';
}

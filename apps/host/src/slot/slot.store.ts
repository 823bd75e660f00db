import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { slotDesired } from '@signalbox/domain';
import { z } from 'zod';
import { readIfPresent, writeDurably } from '../data/durable-file.js';

const slotName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

export const slotKey = z.object({ application: slotName, environment: slotName });
export type SlotKey = z.infer<typeof slotKey>;

const storedSlot = slotKey.extend({ port: z.int(), desired: slotDesired });
export type StoredSlot = z.infer<typeof storedSlot>;

/** Desired states on disk, with secrets. */
export class SlotStore {
  constructor(private readonly folder: string) {}

  async save(slot: StoredSlot): Promise<void> {
    await writeDurably(join(this.folder, `${slot.application}.${slot.environment}.json`), JSON.stringify(slot));
  }

  async list(): Promise<StoredSlot[]> {
    const names = await readdir(this.folder).catch(() => []);
    const texts = await Promise.all(
      names.filter((name) => name.endsWith('.json')).map((name) => readIfPresent(join(this.folder, name))),
    );
    return texts.flatMap((text) => (text === undefined ? [] : [storedSlot.parse(JSON.parse(text))]));
  }
}

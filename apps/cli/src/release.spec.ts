import { describe, expect, it } from '@jest/globals';
import { Client } from './client.js';
import { createRelease } from './release.js';

/** An API that shows a release so, one look after the other; the last goes on. */
class Showing extends Client {
  constructor(private readonly looks: object[]) {
    super({ url: 'http://127.0.0.1:1', key: 'k' });
  }

  override post<T>(): Promise<T> {
    return Promise.resolve({ id: 'rel_1' } as T);
  }

  override get<T>(path: string): Promise<T> {
    const [look] = this.looks.length > 1 ? this.looks.splice(0, 1) : this.looks;
    return Promise.resolve({ id: path.split('/').at(-1), application: 'shop', version: '', ...look } as T);
  }
}
const draft = { status: 'draft' };
const wish = { application: 'shop' };

describe('creating a release', () => {
  it('waits for its plan, or for why there is none', async () => {
    const planned = { status: 'planned', version: '1.0.0', plannedAt: '2026-11-27T10:00:00Z' };
    expect(await createRelease(new Showing([draft, draft, planned]), wish)).toMatchObject(planned);
    const refused = { status: 'failed', plannedAt: '2026-11-27T10:00:00Z', cause: { code: 'c', detail: 'd' } };
    expect(await createRelease(new Showing([draft, refused]), wish)).toMatchObject(refused);
  });

  it('ends when somebody has cancelled it meanwhile', async () => {
    const cancelled = { status: 'cancelled', cause: { code: 'cancelled', detail: 'not today' } };
    await expect(createRelease(new Showing([draft, cancelled]), wish, 1_000)).rejects.toMatchObject({
      exitCode: 1,
      message: 'shop rel_1 was cancelled before it was planned: not today',
    });
  });

  it('names the release that was not planned in time: it goes on', async () => {
    await expect(createRelease(new Showing([draft]), wish, 10)).rejects.toMatchObject({
      exitCode: 3,
      message: 'planning the release took longer than 0.01s',
      details: { fix: 'release get rel_1 -w' },
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { ann, bodyOf, ThingsUnderTest } from '../../testing/things.js';

const ben = { ...ann, principal: 'prn_ben' };
const keyed = (key: string) => ({ 'idempotency-key': key });
let under: ThingsUnderTest;

beforeAll(async () => {
  under = await ThingsUnderTest.start();
});
afterAll(() => under?.stop());

describe('a POST with an Idempotency-Key', () => {
  it('runs once and is answered twice', async () => {
    const first = await under.post({ id: 'i1' }, keyed('one'));
    const again = await under.post({ id: 'i1' }, keyed('one'));
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    for (const name of ['location', 'etag']) expect(again.headers.get(name)).toBe(first.headers.get(name));
    expect([again.status, await bodyOf(again)]).toEqual([first.status, await bodyOf(first)]);
    expect(under.things.arrived.filter((id) => id === 'i1')).toHaveLength(1);
  });

  it('is another one when the caller is', async () => {
    await under.post({ id: 'i2' }, keyed('two'));
    const other = await under.post({ id: 'i2' }, keyed('two'), ben);
    expect([other.status, other.headers.get('idempotency-replayed')]).toEqual([409, null]);
  });

  it('refuses another body', async () => {
    await under.post({ id: 'i3' }, keyed('three'));
    const other = await under.post({ id: 'i4' }, keyed('three'));
    expect([other.status, (await bodyOf(other))['code']]).toEqual([422, 'idempotency_key_reused']);
    await expect(under.things.get('i4')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses the second while the first still runs', async () => {
    const first = under.post({ id: 'i5', waits: true }, keyed('five'));
    await eventually(() => under.things.arrived.includes('i5'), { what: 'the first has arrived' });
    const second = await under.post({ id: 'i5', waits: true }, keyed('five'));
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await bodyOf(second)).toMatchObject({ code: 'still_running' });
    under.things.let();
    expect((await first).status).toBe(201);
  });

  it('keeps no answer of a command that was refused, nor what it wrote', async () => {
    const refused = await under.post({ id: 'i6', fails: true }, keyed('six'));
    expect([refused.status, (await bodyOf(refused))['code']]).toEqual([409, 'unlucky']);
    await expect(under.things.get('i6')).rejects.toMatchObject({ code: 'not_found' });
    const again = await under.post({ id: 'i6' }, keyed('six'));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
  });

  it('commits command and answer together, or neither', async () => {
    await under.database.query(`ALTER TABLE idempotency ADD CONSTRAINT full_disk CHECK (key <> 'seven')`);
    expect((await under.post({ id: 'i7' }, keyed('seven'))).status).toBe(500);
    await expect(under.things.get('i7')).rejects.toMatchObject({ code: 'not_found' });
    await under.database.query('ALTER TABLE idempotency DROP CONSTRAINT full_disk');
    expect((await under.post({ id: 'i7' }, keyed('seven'))).status).toBe(201);
  });

  it('is tried again when it loses against another, and answered once', async () => {
    under.things.failures = ['40P01', '40001'];
    const answer = await under.post({ id: 'i8' }, keyed('lost'));
    expect([answer.status, under.things.arrived.filter((id) => id === 'i8').length]).toEqual([201, 3]);
    const again = await under.post({ id: 'i8' }, keyed('lost'));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  });

  it('keeps no secret', async () => {
    const ask = () => under.service.call('POST', '/v1/things/secrets', ann, {}, keyed('eight'));
    expect(await bodyOf(await ask())).toEqual({ secret: 'swordfish' });
    const again = await ask();
    expect(await again.text()).not.toContain('swordfish');
    const kept = await under.database.query('SELECT * FROM idempotency');
    expect(JSON.stringify(kept)).not.toContain('swordfish');
  });

  it('is answered as before for a day, and done anew after it', async () => {
    await under.post({ id: 'i9' }, keyed('nine'));
    await under.post({ id: 'i10' }, keyed('ten'));
    await under.database
      .query(`UPDATE idempotency SET created_at = now() - CASE key WHEN 'nine' THEN interval '23 hours'
      ELSE interval '25 hours' END WHERE key IN ('nine', 'ten')`);
    await under.service.restart();
    const answers = () => under.database.query(`SELECT key FROM idempotency WHERE key IN ('nine', 'ten')`);
    await eventually(async () => (await answers()).length === 1, { what: 'the older answer is forgotten' });
    const [kept, forgotten] = [
      await under.post({ id: 'i9' }, keyed('nine')),
      await under.post({ id: 'i10' }, keyed('ten')),
    ];
    expect([kept.status, kept.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect([forgotten.status, forgotten.headers.get('idempotency-replayed')]).toEqual([409, null]);
  });
});

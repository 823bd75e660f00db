import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { signalbox } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey } from './support/journey.js';

/** Whoever comes with a key that does not count is told where it is from, and where there are others. */
describe('an API key', () => {
  const installation = new Installation(['--no-demo']);
  const admin = new Journey(installation, '', '');

  beforeAll(async () => {
    installation.start();
    await installation.ready();
  }, 120_000);

  afterAll(() => installation.discard());

  it('that counts no more, or never did, is refused with where it is from, also by the doctor', async () => {
    const { id } = await admin.api<{ id: string }>('POST', '/v1/principals', { name: 'late', bindings: [] });
    const expiresAt = new Date(Date.now() + 2_000).toISOString();
    const { key } = await admin.api<{ key: string }>('POST', `/v1/principals/${id}/keys`, { expiresAt });
    await signalbox(installation, ['context', 'add', 'late'], key);
    await signalbox(installation, ['context', 'add', 'wrong'], 'sbx_wrong');
    const listed = (who: string) => signalbox(installation, ['--context', who, 'release', 'list']);
    const refused = (name: string, why: string) => ({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(
        new RegExp(
          `^error: this API key ${why} \\(unauthenticated\\)\nfix: it is that of context ${name} in .*cli.json: .*\n$`,
        ),
      ),
    });
    const hasExpired = async () => {
      const seen = await listed('late');
      return seen.stderr.includes('expired') && seen;
    };
    const late = await eventually(hasExpired, { what: 'the key to expire' });
    expect(late).toEqual(refused('late', 'has expired'));
    expect(await listed('wrong')).toEqual(refused('wrong', 'is not known'));
    const doctor = await signalbox(installation, ['--json', '--context', 'wrong', 'doctor']);
    expect({ code: doctor.code, err: doctor.stderr, out: JSON.parse(doctor.stdout) as unknown }).toEqual({
      code: 4,
      err: '',
      out: {
        findings: [
          { subject: 'your key', problem: 'this API key is not known', fix: expect.stringContaining('wrong') },
        ],
      },
    });
  }, 30_000);
});

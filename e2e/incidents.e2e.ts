import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signalbox, signalboxJson } from './support/cli.js';
import { Installation } from './support/installation.js';
import { Journey } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

interface Incident {
  id: string;
  version: string;
  status: string;
}

/** A watch that only alerts: what it found is seen wherever somebody looks, and somebody closes it. */
describe('an incident', () => {
  const installation = new Installation(['--no-demo']);
  const shop = new Shop({ name: 'alerting', bake: '60s, onFailure: alert' });
  const journey = new Journey(installation, shop.directory, shop.name);
  const cli = (...args: string[]) => signalbox(installation, args);

  beforeAll(async () => {
    shop.change('feat: half of it fails', { errors: 0.5 });
    installation.start();
    await installation.ready();
    await journey.register();
  }, 180_000);

  afterAll(() => installation.discard());

  it('of a watch that only alerts is told with the release, and closed by hand', async () => {
    const traffic = new Traffic(await journey.url(), 50);
    const release = await journey.release();
    expect((await journey.ended(release)).status).toBe('completed');
    await traffic.stop();
    expect((await cli('release', 'get', 'alerting@1.0.0')).stdout).toMatch(
      /monitor production succeeded \d+s alert: watch FAILED: .+\n/,
    );
    expect((await cli('release', 'why', 'alerting@1.0.0')).stdout).toMatch(
      /cause {2}monitor-production: alert: watch FAILED: .+\n {2}did {4}released\n {2}next {3}.*rollback alerting --env production/,
    );
    expect((await cli('release', 'list', '--app', 'alerting')).stdout).toMatch(
      /^alerting@1\.0\.0 {2}completed, alert {2}/,
    );

    const listed = await cli('incident', 'list', '--app', 'alerting', '--status', 'open');
    expect(listed.stdout).toMatch(/^inc_\S+ {2}alerting@1\.0\.0 production {2}open \d+s {2}watch FAILED: .+\n$/);
    const id = listed.stdout.split(' ')[0] ?? '';
    expect((await cli('incident', 'show', id)).stdout).toMatch(
      /^inc_\S+ {2}alerting@1\.0\.0 production {2}open\n {2}what {5}watch FAILED: .*\n {2}opened {3}\S+ by monitor\n {2}release {2}rel_\S+\n$/,
    );
    expect((await cli('incident', 'close', id, '--note', 'a bad disk')).stdout).toMatch(
      /^inc_\S+ is closed, after \d+s\n$/,
    );
    expect((await cli('incident', 'show', id)).stdout).toMatch(/ {2}closed {3}\S+ by prn_\S+: a bad disk\n$/);
    expect(await cli('incident', 'close', id)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('already_resolved'),
    });
    expect((await cli('incident', 'list', '--status', 'open')).stdout).toBe('no incidents\n');
  }, 120_000);

  it('is reported by people, for an application that there is', async () => {
    const report = (application: string) => [
      'incident',
      'report',
      'checkout is slow',
      '--app',
      application,
      '--env',
      'production',
      '--version-affected',
      '1.0.0',
    ];
    const opened = await signalboxJson<Incident>(installation, report('alerting'));
    expect(opened).toMatchObject({ id: expect.stringMatching(/^inc_/), version: '1.0.0', status: 'open' });
    expect(await cli(...report('nosuch'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: no application nosuch/),
    });
    expect((await cli('incident', 'list', '--env', 'production', '--status', 'open')).stdout).toContain(
      'checkout is slow',
    );
  });
});

import { afterAll, describe, expect, it } from '@jest/globals';
import { Installation } from './support/installation.js';
import { isCanaryAt, Journey } from './support/journey.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';

const killEveryMs = 5_000;
const replicated = ['planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback', 'gateway'];

/** Two processes of every service: any of them may go at any time. */
describe('a cluster with two replicas of everything', () => {
  afterAll(() => Installation.discardAll());

  it('restarts services one process after the other in mid-canary: the release completes, no request fails', async () => {
    const installation = new Installation(['--cluster', '--no-demo', '--replicas', '2']);
    const shop = new Shop({ name: 'rolled', bake: '1s', minSuccess: 0.95 });
    const journey = new Journey(installation, shop.directory, shop.name);
    installation.start();
    await installation.ready();
    await journey.register();
    await journey.install();
    const traffic = new Traffic(await journey.url(), 100);
    shop.change('feat: rolls');
    const release = await journey.release();
    await journey.until(release, 'the canary', (seen) => isCanaryAt(seen, 20));
    const restarted = new Installation(['--cluster', 'restart', 'planning', 'deployer'], installation.state);
    restarted.start();
    expect({ code: await restarted.exit(), told: restarted.output }).toEqual({
      code: 0,
      told: expect.stringMatching(
        /^planning restarted in [\d.]+s\nplanning-2 restarted .*\ndeployer restarted .*\ndeployer-2 restarted .*\n$/,
      ),
    });
    const ended = await journey.ended(release, 180_000);
    const { failures } = await traffic.stop();
    expect({ status: ended.status, failures }).toEqual({ status: 'completed', failures: [] });
    expect(await installation.stop()).toBe(0);
    expect(installation.processes()).toEqual([]);
  }, 400_000);

  it(`completes the demo while a process is killed every ${killEveryMs / 1000} s`, async () => {
    const installation = new Installation(['--cluster', '--demo-only', '--replicas', '2']);
    installation.start();
    await installation.says(/^Demo: /m, 180_000);
    let turn = 0;
    const killed: string[] = [];
    const killer = setInterval(() => {
      const victim = replicated[turn % replicated.length] ?? '';
      const found = installation.processes().filter(({ command }) => command.includes(`/apps/${victim}/dist/main.js`));
      const process_ = found[Math.floor(turn / replicated.length) % Math.max(1, found.length)];
      if (process_) process.kill(process_.pid, 'SIGKILL');
      killed.push(victim);
      turn += 1;
    }, killEveryMs);
    const exitCode = await installation.exit();
    clearInterval(killer);
    expect({ exitCode, killed, output: installation.output }).toEqual({
      exitCode: 0,
      killed: expect.arrayContaining(['planning', 'deployer']),
      output: expect.stringContaining('quarantined for production'),
    });
    expect(installation.processes()).toEqual([]);
  }, 600_000);
});

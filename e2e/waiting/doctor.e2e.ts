import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@signalbox/testing';
import { Kafka, logLevel } from 'kafkajs';
import { signalbox } from '../support/cli.js';
import { Installation } from '../support/installation.js';

interface Found {
  subject: string;
  problem: string;
  fix: string;
}

/** An operator asks what is wrong while something is: the answer comes within seconds and names it. */
describe('signalbox doctor', () => {
  // A Kafka of its own, whatever is given: it is stopped.
  const installation = new Installation(['--cluster', '--no-demo', '--replicas', 'planning=2'], undefined, {
    KAFKA_BROKERS: '',
  });
  const stopped: number[] = [];

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await healthy();
  }, 180_000);

  afterEach(async () => {
    for (const pid of stopped.splice(0)) process.kill(pid, 'SIGCONT');
  });

  afterAll(() => installation.discard());

  /** What it says and how long it takes. */
  async function findings(): Promise<Found[]> {
    const beganAt = performance.now();
    const { code, stdout } = await signalbox(installation, ['--json', 'doctor']);
    expect(performance.now() - beganAt).toBeLessThan(15_000);
    const found = (JSON.parse(stdout) as { findings: Found[] }).findings;
    expect(code).toBe(found.length > 0 ? 1 : 0);
    return found;
  }

  function healthy(): Promise<boolean> {
    const nothing = async () => {
      const found = await findings();
      if (found.length > 0) throw new Error(JSON.stringify(found));
      return true;
    };
    return eventually(nothing, {
      withinMs: 90_000,
      everyMs: 500,
      what: 'nothing to be wrong',
    });
  }

  /** Asks until it names this: what has stopped is noticed when a question to it goes unanswered. */
  function finds(subject: RegExp, problem: RegExp): Promise<Found> {
    return eventually(
      async () => (await findings()).find((each) => subject.test(each.subject) && problem.test(each.problem)),
      { withinMs: 60_000, everyMs: 200, what: `${subject} ${problem} to be found` },
    );
  }

  /** On Kafka, as a broken program would. */
  async function sayUnreadable(key: string): Promise<void> {
    const variables = readFileSync(`/proc/${installation.pidOf('feedback')}/environ`, 'utf8').split('\0');
    const valueOf = (name: string) =>
      variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
    const kafka = new Kafka({ brokers: valueOf('KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const headers = { ce_type: 'dev.cdeventsx.signalbox-release.planned.0.1.0', ce_id: 'x', ce_source: '/x' };
    await producer.send({
      topic: `${valueOf('TOPIC_PREFIX')}signalbox.planning`,
      messages: [{ key, value: '{', headers }],
    });
    await producer.disconnect();
  }

  function stop(command: string | RegExp): void {
    const found = installation
      .processes()
      .filter((each) => (typeof command === 'string' ? each.command.includes(command) : command.test(each.command)));
    expect(found.length).toBeGreaterThan(0);
    for (const { pid } of found) {
      process.kill(pid, 'SIGSTOP');
      stopped.push(pid);
    }
  }

  it('says so when nothing is wrong, and shows each process, runner and host', async () => {
    const { code, stdout } = await signalbox(installation, ['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^service +build +processes +database +broker +lag +outbox +parked$/m);
    expect(stdout).toMatch(/^planning +0\.1\.0 \(\w+\) +2 +up 18\.\S+ +up kafka +\d+ +0 +0$/m);
    expect(stdout).toMatch(/^runner-1 +idle$/m);
    expect(stdout).toMatch(/^host http:\/\/\S+ +0 environments, 0 of 0 processes$/m);
    expect(stdout).toMatch(/\nnothing is wrong\n$/);
  }, 60_000);

  it('names a service that has stopped', async () => {
    stop('/apps/monitor/dist/bundle/main.js');
    const { problem, fix } = await finds(
      /^monitor$/,
      /^does not answer at http:\/\/127\.0\.0\.1:\d+: no answer in 3\.5s$/,
    );
    expect({ problem, fix }).toMatchObject({ fix: expect.stringMatching(/logs\/monitor\.log/) });
  }, 120_000);

  it('names a key that is held back, and what to do', async () => {
    await sayUnreadable('rel_unreadable');
    // Whoever wants such events holds it back, each when it gets there.
    const found = await finds(/^gateway, feedback$/, /^1 key of events held back$/);
    expect(found.fix).toBe('signalbox parked list and show; then parked redrive SERVICE or parked skip SERVICE');
    for (const service of ['gateway', 'feedback']) {
      const which = [service, '--topic', 'signalbox.planning', '--key', 'rel_unreadable'];
      const shown = await signalbox(installation, ['--json', 'parked', 'show', ...which]);
      const [{ eventId = '' } = {}] = JSON.parse(shown.stdout) as { eventId?: string }[];
      const skip = ['parked', 'skip', ...which, '--reason', 'nobody can read it'];
      const unsure = await signalbox(installation, skip);
      expect({ code: unsure.code, stderr: unsure.stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('--event'),
      });
      expect((await signalbox(installation, [...skip, '--event', eventId])).stderr).toBe('');
      const { stdout } = await signalbox(installation, ['parked', 'history', service]);
      expect(stdout).toMatch(new RegExp(`^\\d+ +\\S+ +admin +skip .* dropped ${eventId} +nobody can read it\\n$`));
    }
    await healthy();
  }, 180_000);

  it('names a broker that is gone', async () => {
    stop(/java .*kafka\.Kafka /);
    const { fix, subject } = await finds(/planning/, /^Kafka does not answer: /);
    expect({ fix, services: subject.split(', ').length }).toEqual({
      fix: 'docs/operations/broker-gone.md',
      services: 7,
    });
    // Nor does it keep a process from ending in time: one that reads and sends, and one with a loop of its own too.
    const ends = await Promise.all([installation.terminate('feedback'), installation.terminate('planning')]);
    expect(ends.map(({ how }) => how)).toEqual(['exit code 0', 'exit code 0']);
    expect(ends.filter(({ seconds }) => seconds >= 10)).toEqual([]);
  }, 120_000);

  it('names a database that is gone, which the gateway itself needs to know who asks', async () => {
    await healthy();
    stop(/postgres/);
    const { fix } = await finds(/^gateway$/, /^database: no answer in 2000 ms$/);
    expect(fix).toBe('docs/operations/alerts.md#signalboxdependencydown');
    const { seconds, how } = await installation.terminate('gateway');
    expect({ how, isInTime: seconds < 10 }).toEqual({ how: 'exit code 0', isInTime: true });
  }, 240_000);

  it('names the gateway when that is gone', async () => {
    await healthy();
    stop('/apps/gateway/dist/bundle/main.js');
    const { problem } = await finds(/^gateway$/, /does not answer: nothing else can be asked$/);
    expect(problem).toContain(installation.url);
  }, 240_000);
});

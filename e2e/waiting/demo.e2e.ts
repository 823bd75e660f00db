import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterAvailability } from '@signalbox/testing';
import { Installation } from '../support/installation.js';
import { Killer } from '../support/killer.js';

const killEveryMs = 5_000;
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const onKafka = (await clusterAvailability()) === undefined || process.env['CI'] === 'true';
const ways: [string, string[]][] = [
  ['embedded', ['--demo-only']],
  ...(onKafka
    ? ([
        ['on a real Kafka', ['--kafka', '--demo-only']],
        [
          `in a cluster with two of everything, of which any process is killed every 5 s (KILL_SEED=${seed})`,
          ['--cluster', '--demo-only', '--replicas', '2'],
        ],
      ] as [string, string[]][])
    : []),
];

describe.each(ways)('the first start, %s', (_way, args) => {
  const installation = new Installation(args);
  const killer = new Killer(installation, killEveryMs, seed);
  let exitCode = -1;

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    if (args.includes('--replicas')) killer.start();
    exitCode = await installation.exit();
    killer.stop();
  }, 400_000);

  afterAll(() => installation.discard());

  it('ends with 0 after three demo releases', () => {
    expect({ exitCode, output: installation.output }).toEqual({
      exitCode: 0,
      output: expect.stringContaining('quarantined for production'),
    });
    if (args.includes('--replicas')) expect(killer.killed.length).toBeGreaterThan(5);
  });

  it('says what happens, in this order, with real figures', () => {
    const lines = [
      /^Signalbox \d+\.\d+\.\d+ ready in [\d.]+s, data in .+\/$/,
      /^API http:\/\/localhost:\d+ {2}docs \/docs$/,
      /^admin key sbx_\S+ \(once\); CLI context/,
      /^Demo: storefront three times over REST; Ctrl-C skips$/,
      /^\d:\d\d author +release create +1\.0\.0 first version$/,
      /^\d:\d\d viewer +release approve +refused: forbidden; approver: 1 of 1$/,
      /^\d:\d\d +1\.0\.0 completed, no canary; traffic 400\/s$/,
      /^\d:\d\d author +release create +1\.1\.0 feat: gift cards$/,
      /^\d:\d\d author +release approve +refused: self_approval; approver: 1 of 1$/,
      /^\d:\d\d +20 % passed: \d+ of \d+ failed, 1\.0\.0 \d+ of \d+$/,
      /^\d:\d\d +50 % passed: \d+ of \d+ failed, 1\.0\.0 \d+ of \d+$/,
      /^\d:\d\d +1\.1\.0 completed$/,
      /^\d:\d\d author +release create +1\.2\.0 feat: faster checkout$/,
      /^\d:\d\d +approved; 20 % FAILED: \d+ of \d+, 1\.1\.0 \d+ of \d+; evidence \d+:1, limit 100:1$/,
      /^\d:\d\d +rolled back to 1\.1\.0, 1\.2\.0 quarantined for production$/,
    ];
    const printed = installation.output.split('\n');
    let from = 0;
    for (const line of lines) {
      const found = printed.findIndex((text, index) => index >= from && line.test(text));
      expect({ line: String(line), isThere: found >= from, printed: found >= from ? '' : installation.output }).toEqual(
        { line: String(line), isThere: true, printed: '' },
      );
      from = found + 1;
    }
  });

  it('leaves no process behind', () => {
    expect(installation.processes()).toEqual([]);
  });
});

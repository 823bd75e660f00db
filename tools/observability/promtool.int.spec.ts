import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { alertsOf, folder, testsOf } from './files.js';

/** Runs in the folder of the rules, which they name relative to it. */
function promtool(args: readonly string[], cwd = folder): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

describe('the files for Prometheus', () => {
  it('promtool finds nothing wrong with the rules', () => {
    expect(promtool(['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yml'])).toMatchObject({ status: 0 });
  });

  it.each(['prometheus.yml', 'cluster.yml'])('promtool finds nothing wrong with %s', (file) => {
    expect(promtool(['check', 'config', file])).toMatchObject({ status: 0 });
  });

  it('every alert fires when it should, and not before', () => {
    const { status, output } = promtool(['test', 'rules', 'alerts.test.yml']);
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
  });

  it('an alert that never fires is found by its test', () => {
    const copy = mkdtempSync(join(tmpdir(), 'signalbox-rules-'));
    try {
      const rules = readFileSync(join(folder, 'alerts.yml'), 'utf8');
      writeFileSync(join(copy, 'alerts.test.yml'), readFileSync(join(folder, 'alerts.test.yml')));
      writeFileSync(
        join(copy, 'alerts.yml'),
        rules.replace('signalbox_parked_keys) > 0', 'signalbox_parked_keys) > 9'),
      );
      const { status, output } = promtool(['test', 'rules', 'alerts.test.yml'], copy);
      expect(status).not.toBe(0);
      expect(output).toContain('exp: {alertname="SignalboxParkedEvents"}');
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it('there is such a test for each alert', () => {
    const names = alertsOf().map(({ alert }) => alert);
    expect([...new Set(testsOf().map(({ name }) => name))]).toEqual(names);
    for (const { name, promql_expr_test: [healthy, firing] = [] } of testsOf()) {
      expect(healthy?.exp_samples).toEqual([]);
      expect(firing?.exp_samples).toEqual([{ labels: `{alertname="${name}"}`, value: 1 }]);
    }
  });
});

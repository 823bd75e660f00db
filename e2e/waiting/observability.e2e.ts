import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceTopics } from '@signalbox/domain';
import { clusterAvailability, eventually } from '@signalbox/testing';
import { dashboardsOf, panelsOf } from '../../tools/observability/files.js';
import { freePort } from '../support/free-port.js';
import { Installation, root } from '../support/installation.js';
import { Journey } from '../support/journey.js';
import { Shop } from '../support/shop.js';

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  state: string;
}
interface Target {
  labels: Record<string, string>;
  health: string;
  lastError: string;
}

/** A real Prometheus with the files of deploy/prometheus, looking at one installation. */
class Prometheus {
  private readonly folder = mkdtempSync(join(tmpdir(), 'signalbox-prometheus-'));
  private child: ChildProcess | undefined;
  private ended: Promise<void> | undefined;
  private url = '';

  async start(state: string): Promise<void> {
    cpSync(join(root, 'deploy', 'prometheus'), this.folder, { recursive: true });
    const file = join(this.folder, 'cluster.yml');
    const config = readFileSync(file, 'utf8')
      .replaceAll('../../.signalbox', state)
      .replaceAll('interval: 5s', 'interval: 1s');
    writeFileSync(file, config);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const args = ['--config.file', file, '--storage.tsdb.path', join(this.folder, 'data')];
    const child = spawn('prometheus', [...args, '--web.listen-address', `127.0.0.1:${port}`], { stdio: 'ignore' });
    this.ended = new Promise((resolve) => child.once('exit', () => resolve()));
    this.child = child;
    await eventually(async () => (await fetch(`${this.url}/-/ready`)).ok, {
      withinMs: 60_000,
      everyMs: 200,
      what: 'Prometheus is ready',
    });
  }

  async stop(): Promise<void> {
    this.child?.kill('SIGTERM');
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async targets(): Promise<Target[]> {
    return (await this.get<{ activeTargets: Target[] }>('targets?state=active')).activeTargets;
  }

  async alert(name: string): Promise<Alert | undefined> {
    const { alerts } = await this.get<{ alerts: Alert[] }>('alerts');
    return alerts.find(({ labels, state }) => labels['alertname'] === name && state === 'firing');
  }

  /** Also of those that would fire if it stayed as it is. */
  async raised(): Promise<string[]> {
    const { alerts } = await this.get<{ alerts: Alert[] }>('alerts');
    return alerts.map(({ labels, state }) => `${labels['alertname']} ${labels['service'] ?? ''} ${state}`);
  }

  /** One value; undefined when there is no such series. */
  async value(query: string): Promise<number | undefined> {
    return (await this.values(query))[0];
  }

  /** Of every series; throws in Prometheus' words where the query is none. */
  async values(query: string): Promise<number[]> {
    const { result } = await this.get<{ result: { value: [number, string] }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    );
    return result.map(({ value }) => Number(value[1]));
  }

  private async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    const { status, data, error } = (await answer.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }
}

/** With two processes of planning where there is a Kafka for a cluster; else all in one process. */
const isCluster = (await clusterAvailability()) === undefined;
const ownServices = [...Object.keys(serviceTopics), ...(isCluster ? ['planning'] : [])];

/** What an operator sees: a real Prometheus scrapes a real installation, and tells when nothing builds. */
describe('an operator', () => {
  const installation = new Installation([...(isCluster ? ['--cluster', '--replicas', 'planning=2'] : []), '--no-demo']);
  const prometheus = new Prometheus();
  const shop = new Shop({ name: 'watched', bake: '500ms' });
  const journey = new Journey(installation, shop.directory, shop.name);
  const shows = (query: string, value: number) =>
    eventually(async () => (await prometheus.value(query)) === value, {
      withinMs: 30_000,
      everyMs: 200,
      what: `${query} shows ${value}`,
    });

  beforeAll(async () => {
    installation.start();
    await installation.ready();
    await prometheus.start(installation.state);
  }, 240_000);

  afterAll(async () => {
    await prometheus.stop();
    await installation.discard();
  });

  it('finds every process, and every one of them is up', async () => {
    const services = [...ownServices, 'host'].sort();
    const targets = await eventually(
      async () => {
        const found = await prometheus.targets();
        return found.length > 0 && found.every(({ health }) => health === 'up') && found;
      },
      { withinMs: 30_000, everyMs: 200, what: 'every target is up' },
    );
    expect(targets.map(({ labels }) => labels['service']).sort()).toEqual(services);
    await shows('count(signalbox_build_info{version!="unknown", commit!="unknown"})', services.length);
    await shows('count(signalbox_dependency_up == 1)', 2 * ownServices.length);
    await shows('count(signalbox_gauge_failures_total > 0) or vector(0)', 0);
    await shows('sum(signalbox_outbox_owner)', 7);
    await shows('max(sum by (service) (signalbox_outbox_owner))', 1);
  }, 60_000);

  it('counts a release once in every service that had a part in it', async () => {
    await journey.register();
    const { stages } = await journey.install();
    await shows('sum(signalbox_releases_ended_total{outcome="completed"})', 1);
    await shows('sum(signalbox_releases_ended_total)', 1);
    await shows('sum(signalbox_builds_ended_total{outcome="succeeded"})', 1);
    await shows('sum(signalbox_test_runs_ended_total{outcome="succeeded"})', 1);
    await shows('sum(signalbox_rollouts_ended_total{mode="forward", outcome="succeeded"})', 2);
    await shows('sum(signalbox_watches_ended_total{outcome="succeeded"})', 1);
    await shows('sum(signalbox_feedback_windows_opened_total)', 1);
    await shows('sum(signalbox_stages_ended_total{outcome=~"succeeded|skipped"})', stages.length);
    await shows('signalbox_releases_open{status="running"}', 0);
    expect(await prometheus.value('sum(signalbox_events_parked_total) or vector(0)')).toBe(0);
    // A test machine may be slow; nothing else is amiss.
    const isAmiss = (raised: string) => !raised.startsWith('SignalboxGatewaySlow');
    const calm = async () => (await prometheus.raised()).filter(isAmiss).length === 0;
    await eventually(calm, { withinMs: 30_000, everyMs: 500, what: 'no alert is near' });
  }, 120_000);

  it('sees something in every panel of every dashboard, but for what has not happened yet', async () => {
    // Their labels are known when it happens for the first time.
    const unhappened = [
      'signalbox_wake_up_failures_total',
      'signalbox_stage_blocked_oldest_seconds',
      'signalbox_rollout_weight_ratio',
      'signalbox_events_parked_total',
    ];
    const asked = (expr: string) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$service', 'planning');
    const shown = dashboardsOf().flatMap((dashboard) =>
      panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    );
    expect(shown.length).toBeGreaterThan(60);
    const happened = shown.filter((expr) => !unhappened.some((name) => expr.includes(name)));
    // A rate is there from the second scrape on.
    await eventually(
      async () => {
        const series = await Promise.all(happened.map((expr) => prometheus.values(asked(expr))));
        const empty = happened.filter((_, at) => series[at]?.length === 0);
        if (empty.length > 0) throw new Error(empty.join('\n'));
        return true;
      },
      { withinMs: 30_000, everyMs: 500, what: 'a series for every panel' },
    );
  }, 60_000);

  it('is told that a build waits and no runner is there, and that it is over', async () => {
    expect(await prometheus.alert('SignalboxNoRunner')).toBeUndefined();
    const runner = installation.pidOf('runner');
    process.kill(runner, 'SIGSTOP');
    try {
      shop.change('feat: nobody builds this');
      await journey.release();
      const alert = await eventually(() => prometheus.alert('SignalboxNoRunner'), {
        withinMs: 150_000,
        everyMs: 500,
        what: 'the alert fires',
      });
      expect(alert.labels['severity']).toBe('critical');
      expect(alert.annotations['description']).toMatch(/^The first has waited for \d+m? ?[\d.]*s\.$/);
      expect(alert.annotations['runbook_url']).toBe('docs/operations/alerts.md#signalboxnorunner');
    } finally {
      process.kill(runner, 'SIGCONT');
    }
    await eventually(async () => (await prometheus.alert('SignalboxNoRunner')) === undefined, {
      withinMs: 60_000,
      everyMs: 500,
      what: 'the alert is over',
    });
  }, 240_000);
});

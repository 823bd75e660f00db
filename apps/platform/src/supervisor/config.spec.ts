import { describe, expect, it } from '@jest/globals';
import { readLaunchOptions, wishOf } from './config.js';
import { UsageError } from './usage-error.js';

const read = (...args: string[]) => readLaunchOptions(args, { PATH: '/usr/bin' }, '/checkout');

describe('launch options', () => {
  it('start one process of everything, and the demo only at the first start', () => {
    expect(read()).toMatchObject({
      mode: 'embedded',
      kafka: false,
      demo: 'first',
      replicas: { planning: 1, runner: 1 },
    });
    expect(read('--cluster', '--demo-only')).toMatchObject({ mode: 'cluster', kafka: true, demo: 'only' });
  });

  it('hand on how given brokers are reached, and nothing of it to a broker of our own', () => {
    const variables = { PATH: '/usr/bin', KAFKA_USERNAME: 'signalbox', KAFKA_TLS_CA_FILE: '/ca.pem' };
    const given = { ...variables, KAFKA_BROKERS: 'kafka:9093' };
    expect(readLaunchOptions(['--kafka'], given, '/checkout')).toMatchObject({
      kafkaBrokers: ['kafka:9093'],
      kafkaVariables: { KAFKA_USERNAME: 'signalbox', KAFKA_TLS_CA_FILE: '/ca.pem' },
    });
    const own = { ...variables, KAFKA_TOPIC_PARTITIONS: '4' };
    expect(readLaunchOptions(['--kafka'], own, '/checkout').kafkaVariables).toEqual({ KAFKA_TOPIC_PARTITIONS: '4' });
  });

  it('hand on who outside may send events, and say what is wrong with that before anything starts', () => {
    const given = (text: string) => readLaunchOptions([], { EVENT_SOURCES: text }, '/checkout').eventSources;
    expect([given('argo=/argo'), given(''), read().eventSources]).toEqual(['argo=/argo', undefined, undefined]);
    expect(() => given('argo=/argo,argo=/b')).toThrow(new UsageError('EVENT_SOURCES: argo is declared twice'));
  });

  it('hand on where spans go, and say what of that there is not before anything starts', () => {
    const given = (name: string, value: string) => readLaunchOptions(['--cluster'], { [name]: value }, '/checkout');
    expect(given('OTEL_TRACES_SAMPLER', 'always_off').tracing).toEqual({ OTEL_TRACES_SAMPLER: 'always_off' });
    expect(() => given('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc')).toThrow(
      new UsageError(
        'configuration is not usable:\n  OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is spoken here\nfix: docs/operations/traces.md lists what there is',
      ),
    );
  });

  it('say which limit is none before anything starts, and hand on those that are', () => {
    const given = (name: string, value: string) => readLaunchOptions([], { [name]: value }, '/checkout').limits;
    expect(given('RUNNER_CONCURRENCY', '4')).toEqual({ services: {}, runner: { RUNNER_CONCURRENCY: '4' } });
    for (const [name, value, fault] of [
      ['RUNNER_CONCURRENCY', 'many', 'a number is expected'],
      ['DATABASE_POOL', '0', 'at least 2'],
      ['RATE_LIMIT', 'abc', 'a number is expected'],
    ] as const)
      expect(() => given(name, value)).toThrow(new UsageError(`configuration is not usable:\n  ${name}: ${fault}`));
  });

  it('take a number of processes for all, or for each by its name', () => {
    expect(read('--cluster', '--replicas', '2').replicas).toMatchObject({ gateway: 2, feedback: 2, runner: 2 });
    expect(read('--cluster', '--replicas', 'planning=3,runner=2').replicas).toMatchObject({
      planning: 3,
      runner: 2,
      gateway: 1,
    });
    expect(read('--cluster', '--replicas', 'deployer=0').replicas).toMatchObject({ deployer: 0, monitor: 1 });
  });

  it('take a PostgreSQL and brokers that are there', () => {
    const variables = { KAFKA_BROKERS: 'a:9092,b:9092', POSTGRES_URL: 'postgres://admin:secret@db:5432' };
    expect(readLaunchOptions([], variables, '/checkout')).toMatchObject({
      kafkaBrokers: ['a:9092', 'b:9092'],
      postgresUrl: 'postgres://admin:secret@db:5432',
    });
    expect(() => readLaunchOptions([], { POSTGRES_URL: 'db:5432' }, '/checkout')).toThrow(
      /POSTGRES_URL is no address.*\nfix: /,
    );
  });

  it.each([
    [['--odd'], /unknown argument --odd; there are --kafka,/],
    [['--replicas', '2'], /--replicas is for npm run cluster/],
    [['--cluster', '--replicas'], /^--replicas takes SERVICE=N,… or N: --replicas planning=2, --replicas 2$/],
    [['--cluster', '--replicas', '--no-demo'], /^--replicas takes SERVICE=N,… or N/],
    [['--replicas', '--odd'], /unknown argument --odd/],
    [['--cluster', '--no-demo=yes'], /^--no-demo takes no value/],
    [['--cluster', '--replicas', 'planning=2,planning=3'], /^planning is named twice$/],
    [['--cluster', '--replicas', '0'], /there may be 1 to 9 processes, .*; not 0/],
    [['--cluster', '--replicas', 'planning=many'], /not many/],
    [['--cluster', '--replicas', 'planning=0x3'], /not 0x3/],
    [['--cluster', '--replicas', 'planning='], /not nothing/],
    [['--cluster', '--replicas', 'planing=2'], /there is no service planing; there are gateway, planning,/],
  ])('%j is refused with what there is', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});

describe('a command to a cluster that runs', () => {
  it('names services; anything else is a start', () => {
    expect(wishOf(['--cluster', 'restart', 'planning', 'runner'])).toEqual(['restarts/planning', 'restarts/runner']);
    expect(wishOf(['--cluster', 'scale', 'planning=3', 'runner=2,deployer=0'])).toEqual([
      'scales/planning/3',
      'scales/runner/2',
      'scales/deployer/0',
    ]);
    expect(wishOf(['--cluster', '--no-demo'])).toBeUndefined();
  });

  it.each([
    [['restart'], /restart what\? gateway, planning,/],
    [['restart', 'planing'], /there is no service planing/],
    [['scale'], /scale what\? gateway=2, planning=2,/],
    [['scale', 'planning'], /there may be 1 to 9 processes, .*; not nothing/],
    [['scale', 'planning=12'], /not 12/],
    [['scale', 'planning=2', 'planning=3'], /^planning is named twice$/],
    [['scale', 'planning=2,runner=1,planning=2'], /^planning is named twice$/],
    [['restart', 'planning', 'planning'], /^planning is named twice$/],
    [['scale', 'planing=2'], /there is no service planing/],
  ])('%j is refused', (args, message) => {
    expect(() => wishOf(args)).toThrow(UsageError);
    expect(() => wishOf(args)).toThrow(message);
  });
});

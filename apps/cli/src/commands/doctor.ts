import type { Command } from 'commander';
import type { CliConfig } from '../config.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';
import { parkedKeys } from './parked.js';

interface RunnerBody {
  name: string;
  isOnline: boolean;
}

export function addDoctorCommand(program: Command, config: CliConfig): void {
  program
    .command('doctor')
    .description('what is wrong, and what to do about it')
    .action((_options, command: Command) => doctor(contextOf(command, config)));
}

/** Asks every service through the gateway; each finding says what to do. */
async function doctor({ client, output }: CommandContext): Promise<void> {
  const findings: string[] = [];
  const probes = [
    '/v1/activities?limit=1',
    '/v1/applications',
    '/v1/runners',
    '/v1/test-runs',
    '/v1/environments',
    '/v1/analyses',
    '/v1/feedback',
  ];
  for (const path of probes) {
    const error = await client.get(path).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    if (error) findings.push(`${path}: ${error.message}; see the logs in .signalbox`);
  }
  const runners = await client.list<RunnerBody>('/v1/runners').catch(() => []);
  const online = runners.filter((runner) => runner.isOnline);
  if (online.length === 0) findings.push('no runner is online: builds and tests wait; start one (npm start does)');
  const parked = await parkedKeys(client).catch(() => []);
  for (const { service, key, events } of parked)
    findings.push(`${service} holds back ${events} of ${key}: parked list ${service}`);
  output.result(
    { findings },
    findings.length === 0 ? [`${probes.length} services answer, ${online.length} runner online`] : findings,
  );
  if (findings.length > 0) process.exitCode = 1;
}

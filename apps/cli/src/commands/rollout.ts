import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { route } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { table } from '../output.js';
import {
  currentRelease,
  digestOf,
  findRelease,
  nameOf,
  rollbacksWith,
  runningRelease,
  untilRelease,
} from '../release.js';
import type { ReleaseBody } from '../release.js';
import { rollbackLines } from '../release-tree.js';
import { Traffic } from '../traffic.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

interface Where {
  env: string;
  reason: string;
}

const rollbackWithinMs = 120_000;
/** What a deployment is at one of its steps; what is asked of another, the deployer does not hear. */
const stepping = ['stepping', 'paused'];

export function addRolloutCommands(program: Command, config: CliConfig): void {
  const rollout = program.command('rollout').description('deployments in progress');
  rollout
    .command('promote <application>')
    .description('go past the step a rollout waits at; recorded as an override')
    .requiredOption('--env <environment>')
    .requiredOption('--reason <reason>')
    .option('--full', 'skip every step that is left')
    .action((application: string, options: Where & { full?: boolean }, command: Command) =>
      promote(contextOf(command, config), application, options),
    );
  program
    .command('rollback <application>')
    .description('take an environment back to what ran before')
    .requiredOption('--env <environment>')
    .requiredOption('--reason <reason>')
    .option('--to <version>')
    .action((application: string, options: Where & { to?: string }, command: Command) =>
      rollBack(contextOf(command, config), application, options),
    );
  program
    .command('traffic')
    .description('requests for trying things out')
    .command('start <application>')
    .option('--env <environment>', 'where to', 'production')
    .option('--rps <number>', 'requests per second', '50')
    .option('--path <path>', 'what to ask for', '/')
    .action((application: string, options: { env: string; rps: string; path: string }, command: Command) =>
      traffic(contextOf(command, config), application, options),
    );
  program
    .command('secret')
    .description('values that targets get and nobody reads')
    .command('set <application> <environment> <name>')
    .description('the value is read from standard input')
    .action((application: string, environment: string, name: string, _options, command: Command) =>
      setSecret(contextOf(command, config), [application, environment, name]),
    );
  program
    .command('environments')
    .description('what runs where')
    .option('--app <name>')
    .action((options: { app?: string }, command: Command) => environments(contextOf(command, config), options));
}

async function promote(
  { client, output }: CommandContext,
  application: string,
  options: Where & { full?: boolean },
): Promise<void> {
  const release = await runningRelease(client, application, options.env);
  const filter = { releaseId: release.id, environment: options.env };
  const [deployment] = await client.list<DeploymentBody>('/v1/deployments', filter);
  if (deployment && !stepping.includes(deployment.status))
    throw new Failure(5, `${nameOf(release)} is at no step in ${options.env}: ${standing(deployment)}`, {
      fix: `signalbox release why ${nameOf(release)}`,
    });
  const full = options.full === true;
  // The step that was seen: two who ask at once skip one.
  const seen = !full && deployment ? { step: deployment.step } : {};
  const body = { environment: options.env, reason: options.reason, full, ...seen };
  const promoted = await client.post<ReleaseBody>(route`/v1/releases/${release.id}/promotions`, body);
  output.result(promoted, [`${skipped(deployment, full)}; override recorded`]);
}

interface DeploymentBody {
  status: string;
  step: number;
  analysis?: { last?: { summary: string } };
}

/** `its deployment is taking back` */
function standing({ status }: DeploymentBody): string {
  return status === 'ended' ? 'its deployment has ended' : `its deployment is ${status.replaceAll('_', ' ')}`;
}

/** `step 4 skipped at 212 of 376`, where it has not passed by itself in this moment. */
function skipped(deployment: DeploymentBody | undefined, isFull: boolean): string {
  if (!deployment) return 'promoted';
  const seen = /\d+ of \d+/.exec(deployment.analysis?.last?.summary ?? '')?.[0];
  const which = isFull ? `every step from ${deployment.step + 1}` : `step ${deployment.step + 1}`;
  return `${which} skipped${seen ? ` at ${seen}` : ''}`;
}

async function rollBack(
  { client, output }: CommandContext,
  application: string,
  options: Where & { to?: string },
): Promise<void> {
  const release = await currentRelease(client, application, options.env);
  const body = { environment: options.env, reason: options.reason, ...(options.to && { toVersion: options.to }) };
  await client.post(route`/v1/releases/${release.id}/rollbacks`, body);
  const done = await untilRelease(client, release.id, 'the rollback', rollbackWithinMs, (current) =>
    rollbacksWith(current, options.env).every(({ outcome }) => outcome !== undefined),
  );
  const rollbacks = rollbacksWith(done, options.env);
  const failed = rollbacks.find(({ outcome }) => outcome !== 'succeeded');
  if (failed) {
    const { environment, outcome, detail } = failed;
    const where = rollbacks.length > 1 ? ` in ${environment}` : '';
    throw new Failure(1, `the rollback of ${nameOf(done)}${where} ${outcome}: ${detail ?? 'no detail'}`);
  }
  output.result(
    done,
    rollbacks.flatMap((rollback) => rollbackLines(done, rollback)),
  );
}

async function traffic(
  { client, output }: CommandContext,
  application: string,
  options: { env: string; rps: string; path: string },
): Promise<void> {
  const { url } = await client.get<{ url?: string }>(route`/v1/environments/${application}/${options.env}`);
  const rps = Number(options.rps);
  if (!url) throw new Failure(1, `${application} has no address in ${options.env} yet`);
  if (!(rps > 0 && rps <= 2_000)) throw new Failure(2, '--rps is a number from 1 to 2000');
  output.line(`${rps} requests/s to ${url}${options.path}; Ctrl-C stops`);
  const running = new Traffic({ url, rps, mix: [{ method: 'GET', path: options.path, weight: 1 }] });
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const { sent, failed } = await running.stop();
  output.line(`${sent} sent, ${failed} failed`);
}

async function setSecret({ client, output }: CommandContext, path: readonly string[]): Promise<void> {
  const value = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  if (value === '')
    throw new Failure(2, 'no value on standard input', {
      fix: `printf %s VALUE | signalbox secret set ${path.join(' ')}`,
    });
  await client.call('PUT', `/v1/secrets/${path.map(encodeURIComponent).join('/')}`, { body: { value } });
  const [application, environment, name] = path;
  output.result({ application, environment, name }, [`${name} set for ${application} ${environment}`]);
}

interface EnvironmentBody {
  application: string;
  environment: string;
  url?: string;
  current?: { version: string; releaseId: string };
}

async function environments({ client, output }: CommandContext, options: { app?: string }): Promise<void> {
  const items = await client.listOf<EnvironmentBody>('/v1/environments', options.app);
  output.result(
    items,
    table(items.map((item) => [item.application, item.environment, item.current?.version ?? '-', item.url ?? '-'])),
  );
}

interface QuarantineBody {
  id: string;
  version: string;
  digest: string;
  environment?: string;
}

/** Lifts the quarantine of a release's artifact, whichever version has brought it there. */
export async function allow({ client, output }: CommandContext, name: string, options: Where): Promise<void> {
  const release = await findRelease(client, name);
  const { application, version } = release;
  const items = await client.list<QuarantineBody>('/v1/quarantines', { application });
  const digest = digestOf(release);
  const found = items.filter(
    (item) =>
      (item.version === version || item.digest === digest) &&
      (item.environment === undefined || item.environment === options.env),
  );
  if (found.length === 0) throw new Failure(1, `${name} is not quarantined for ${options.env}`);
  for (const { id } of found) await client.post(route`/v1/quarantines/${id}/lifts`, { reason: options.reason });
  const others = new Set(found.map((item) => item.version).filter((other) => other !== version));
  const too = others.size === 0 ? '' : `; it was quarantined as ${[...others].join(', ')}`;
  output.result({ lifted: found.map(({ id }) => id) }, [`${name} is allowed in ${options.env} again${too}`]);
}

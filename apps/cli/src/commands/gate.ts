import type { Command } from 'commander';
import { route } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { table } from '../output.js';
import { findRelease } from '../release.js';
import type { ReleaseBody, StageBody } from '../release.js';
import { zonedTime } from '../zoned-time.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';
import { allow } from './rollout.js';

interface ScopeOptions {
  env?: string;
  app?: string;
  release?: string;
}
interface FreezeOptions extends ScopeOptions {
  from: string;
  to: string;
  tz: string;
  reason: string;
  name?: string;
  inFlight: string;
}
interface GateBody {
  id: string;
  name?: string;
  message?: string;
  from?: string;
  to?: string;
  expiresAt?: string;
}

export function addGateCommands(program: Command, config: CliConfig): void {
  addFreezeCommands(program, config);
  const release = program.commands.find((command) => command.name() === 'release');
  release
    ?.command('hold <release>')
    .description('stop it where it is')
    .requiredOption('--message <message>')
    .action((name: string, options: { message: string }, command: Command) =>
      hold(contextOf(command, config), { release: name }, options.message),
    );
  release
    ?.command('resume <hold-or-release>')
    .description('lift a hold')
    .option('--reason <reason>')
    .action((name: string, options: { reason?: string }, command: Command) =>
      resume(contextOf(command, config), name, options),
    );
  release
    ?.command('allow <release>')
    .description('lift a quarantine')
    .requiredOption('--env <environment>')
    .requiredOption('--reason <reason>')
    .action((name: string, options: { env: string; reason: string }, command: Command) =>
      allow(contextOf(command, config), name, options),
    );
  const holds = program.command('hold').description('stop the line');
  holds
    .command('add')
    .option('--env <environment>')
    .option('--app <application>')
    .requiredOption('--message <message>')
    .action((options: ScopeOptions & { message: string }, command: Command) =>
      hold(contextOf(command, config), options, options.message),
    );
  holds.command('list').action((_options, command: Command) => list(contextOf(command, config), 'holds'));
  program
    .command('environment')
    .description('rules of an environment that no file can loosen')
    .command('protect <environment>')
    .requiredOption('--approvals <rules>', 'for example 1:leads,2:security; none takes them away')
    .action((environment: string, options: { approvals: string }, command: Command) =>
      protect(contextOf(command, config), environment, options.approvals),
    );
}

function addFreezeCommands(program: Command, config: CliConfig): void {
  const freeze = program
    .command('freeze')
    .description('times in which nothing enters an environment; rollbacks always pass');
  freeze
    .command('add')
    .option('--env <environment>')
    .option('--app <application>')
    .requiredOption('--from <time>', 'for example 2026-12-20T18:00')
    .requiredOption('--to <time>')
    .option('--tz <zone>', 'time zone of both', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .requiredOption('--reason <reason>')
    .option('--name <name>')
    .option('--in-flight <what>', 'running rollouts: pause, finish or abort', 'pause')
    .action((options: FreezeOptions, command: Command) => addFreeze(contextOf(command, config), options));
  freeze.command('list').action((_options, command: Command) => list(contextOf(command, config), 'freezes'));
  freeze
    .command('remove <freeze>')
    .option('--reason <reason>')
    .action(async (id: string, options: { reason?: string }, command: Command) => {
      const { client, output } = contextOf(command, config);
      await client.call('DELETE', route`/v1/freezes/${id}` + because(options));
      output.result({ removed: id }, [`${id} removed`]);
    });
  freeze
    .command('override <freeze>')
    .description('ask to let one release pass; somebody else confirms')
    .requiredOption('--release <release>')
    .requiredOption('--reason <reason>')
    .action((id: string, options: { release: string; reason: string }, command: Command) =>
      override(contextOf(command, config), id, options),
    );
  freeze
    .command('confirm <override>')
    .description('the second person’s yes')
    .action(async (id: string, _options, command: Command) => {
      const { client, output } = contextOf(command, config);
      output.result(await client.post(route`/v1/overrides/${id}/confirmations`), [
        `${id} confirmed: the release may pass`,
      ]);
    });
}

async function scopeOf({ client }: CommandContext, options: ScopeOptions): Promise<object> {
  return {
    ...(options.env && { environment: options.env }),
    ...(options.app && { application: options.app }),
    ...(options.release && { releaseId: (await findRelease(client, options.release)).id }),
  };
}

async function addFreeze(context: CommandContext, options: FreezeOptions): Promise<void> {
  const { client, output } = context;
  const added = await client.post<GateBody>('/v1/freezes', {
    scope: await scopeOf(context, options),
    from: zonedTime(options.from, options.tz),
    to: zonedTime(options.to, options.tz),
    reason: options.reason,
    inFlight: options.inFlight,
    ...(options.name && { name: options.name }),
  });
  const blocked = await countEntering(context, options);
  output.result(added, [`${added.id} blocks ${blocked} ${blocked === 1 ? 'release' : 'releases'}, never rollbacks`]);
}

/** Running releases that have still to enter an environment of the scope. */
async function countEntering({ client }: CommandContext, { env, app }: ScopeOptions): Promise<number> {
  const filter = { status: 'running', ...(app && { application: app }) };
  const items = await client.list<{ id: string }>('/v1/releases', filter);
  const releases = await Promise.all(items.map(({ id }) => client.get<ReleaseBody>(route`/v1/releases/${id}`)));
  const isEntering = ({ kind, environment, endedAt }: StageBody): boolean =>
    kind === 'deploy' && (env === undefined || environment === env) && endedAt === undefined;
  return releases.filter((release) => release.stages.some(isEntering)).length;
}

async function override(
  { client, output }: CommandContext,
  id: string,
  options: { release: string; reason: string },
): Promise<void> {
  const release = await findRelease(client, options.release);
  const asked = await client.post<GateBody>(route`/v1/freezes/${id}/overrides`, {
    releaseId: release.id,
    reason: options.reason,
  });
  output.result(asked, [`${asked.id} waits for a second person: freeze confirm ${asked.id}`]);
}

async function hold(context: CommandContext, options: ScopeOptions, message: string): Promise<void> {
  const held = await context.client.post<GateBody>('/v1/holds', { message, scope: await scopeOf(context, options) });
  context.output.result(held, [`${held.id} holds; release resume ${held.id} lets it go on`]);
}

/** A DELETE has no body: its reason is part of the address. */
function because({ reason }: { reason?: string }): string {
  return reason === undefined ? '' : `?${new URLSearchParams({ reason })}`;
}

async function resume({ client, output }: CommandContext, name: string, why: { reason?: string }): Promise<void> {
  const ids = name.startsWith('hld_') ? [name] : await holdsOf(name);
  for (const id of ids) await client.call('DELETE', route`/v1/holds/${id}` + because(why));
  output.result({ lifted: ids }, [`${ids.join(', ')} lifted`]);

  async function holdsOf(release: string): Promise<string[]> {
    const { id } = await findRelease(client, release);
    const all = await client.list<GateBody & { scope: { releaseId?: string } }>('/v1/holds');
    const found = all.filter((item) => item.scope.releaseId === id).map((item) => item.id);
    if (found.length === 0) throw new Failure(1, `${release} is not held`);
    return found;
  }
}

async function list({ client, output }: CommandContext, collection: 'holds' | 'freezes'): Promise<void> {
  const items = await client.list<GateBody>(route`/v1/${collection}`);
  output.result(
    items,
    table(
      items.map((item) => [item.id, item.name ?? item.message ?? '', item.from ?? '', item.to ?? item.expiresAt ?? '']),
    ),
  );
}

async function protect({ client, output }: CommandContext, environment: string, rules: string): Promise<void> {
  const approvals = rules === 'none' ? [] : rules.split(',').map(ruleOf);
  const saved = await client.call('PUT', route`/v1/environment-protections/${environment}`, { body: { approvals } });
  output.result(saved.body, [`${environment} asks for ${rules === 'none' ? 'no approvals' : rules}`]);
}

function ruleOf(text: string): { team: string; required: number } {
  const match = /^(\d+):([a-z][a-z0-9-]*)$/.exec(text.trim());
  if (!match) throw new Failure(2, `${text} is not a rule`, { fix: 'NUMBER:TEAM, for example 1:leads' });
  return { required: Number(match[1]), team: match[2] ?? '' };
}

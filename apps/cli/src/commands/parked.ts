import type { Command } from 'commander';
import type { Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { spell, table } from '../output.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

interface ParkedKeyBody {
  topic: string;
  key: string;
  state: string;
  since: string;
  events: number;
  error: string | null;
  fingerprint: string | null;
}
interface Selected {
  topic?: string;
  key?: string;
  fingerprint?: string;
}

const services = [
  'gateway',
  'planning',
  'build-coordinator',
  'test-orchestrator',
  'deployer',
  'monitor',
  'feedback',
] as const;

/** Events that a service could not apply. */
export function addParkedCommands(program: Command, config: CliConfig): void {
  const parked = program
    .command('parked')
    .description('events that a service could not apply, and what waits behind them');
  parked
    .command('list [service]')
    .description('of all services, or of one')
    .action((service: string | undefined, _options, command: Command) => list(contextOf(command, config), service));
  const selecting = (command: Command): Command =>
    command
      .option('--topic <topic>')
      .option('--key <key>')
      .option('--fingerprint <fingerprint>', 'every key that failed in the same way');
  selecting(parked.command('redrive <service>').description('apply them again')).action(
    async (service: string, options: Selected, command: Command) => {
      const { client, output } = contextOf(command, config);
      const done = await client.post<{ keys: number }>(`${pathOf(service)}/redrives`, selectionOf(options));
      output.result(done, [`${done.keys} ${done.keys === 1 ? 'key' : 'keys'} of ${service} redriven`]);
    },
  );
  selecting(parked.command('skip <service>').description('drop the event that holds a key up, for good'))
    .requiredOption('--reason <reason>')
    .action(async (service: string, options: Selected & { reason: string }, command: Command) => {
      const { client, output } = contextOf(command, config);
      const body = { selection: selectionOf(options), reason: options.reason };
      const done = await client.post<{ eventIds: string[] }>(`${pathOf(service)}/skips`, body);
      output.result(done, [`dropped ${done.eventIds.join(', ')}; what waited behind is applied`]);
    });
}

/** What services hold back: of all of them, or of those that are asked. */
export async function parkedKeys(
  client: Client,
  asked: readonly string[] = services,
): Promise<(ParkedKeyBody & { service: string })[]> {
  const found = await Promise.all(
    asked.map(async (service) => {
      const items = await client.list<ParkedKeyBody>(pathOf(service));
      return items.map((item) => ({ service, ...item }));
    }),
  );
  return found.flat();
}

async function list({ client, output }: CommandContext, service: string | undefined): Promise<void> {
  const keys = await parkedKeys(client, service === undefined ? services : [service]);
  const rows = keys.map(({ service: name, topic, key, state, since, events, error }) => {
    const age = spell(Date.now() - Date.parse(since));
    return [name, topic, key, `${state} ${age}`, `${events} ${events === 1 ? 'event' : 'events'}`, error ?? ''];
  });
  output.result(keys, rows.length === 0 ? ['nothing is parked'] : table(rows));
}

function pathOf(service: string): string {
  if (!(services as readonly string[]).includes(service))
    throw new Failure(2, `no service ${service}`, { fix: `one of ${services.join(', ')}` });
  return `/v1/parked-events/${service}`;
}

function selectionOf({ topic, key, fingerprint }: Selected): object {
  if (fingerprint !== undefined) return { fingerprint };
  if (topic !== undefined && key !== undefined) return { topic, key };
  throw new Failure(2, 'which events', { fix: '--topic TOPIC --key KEY, or --fingerprint FINGERPRINT' });
}

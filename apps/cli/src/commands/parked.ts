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
interface ParkedEventBody {
  eventId: string;
  parkedAt: string;
  error: string | null;
  headers: Record<string, string>;
  payload: string | null;
  payloadBytes: number;
}
interface ParkedActionBody {
  id: string;
  at: string;
  action: 'redrive' | 'skip';
  by: string;
  reason: string | null;
  selection: Record<string, string>;
  keys: number;
  dropped: { eventId: string }[];
}
interface Selected {
  topic?: string;
  key?: string;
  fingerprint?: string;
}
interface Skipped extends Selected {
  event?: string;
  reason: string;
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
  parked
    .command('show <service>')
    .description('the events of one key, in the order in which they will be applied')
    .requiredOption('--topic <topic>')
    .requiredOption('--key <key>')
    .action((service: string, options: Required<Selected>, command: Command) =>
      show(contextOf(command, config), service, options),
    );
  selecting(parked.command('redrive <service>').description('apply them again')).action(
    async (service: string, options: Selected, command: Command) => {
      const { client, output } = contextOf(command, config);
      const done = await client.post<{ keys: number }>(`${pathOf(service)}/redrives`, selectionOf(options));
      output.result(done, [`${counted(done.keys, 'key')} of ${service} redriven`]);
    },
  );
  selecting(parked.command('skip <service>').description('drop the event that holds a key up, for good'))
    .option('--event <id>', 'with --key: the event at its head, as `parked show` tells')
    .requiredOption('--reason <reason>')
    .action(async (service: string, options: Skipped, command: Command) => {
      const { client, output } = contextOf(command, config);
      const body = { selection: droppedBy(service, options), reason: options.reason };
      const done = await client.post<{ eventIds: string[] }>(`${pathOf(service)}/skips`, body);
      output.result(done, [`dropped ${done.eventIds.join(', ')}; what waited behind is applied`]);
    });
  parked
    .command('history <service>')
    .description('who redrove and skipped what, and why')
    .option('--dropped <id>', 'what this skip dropped, as it came')
    .action((service: string, { dropped }: { dropped?: string }, command: Command) =>
      dropped === undefined
        ? history(contextOf(command, config), service)
        : showDropped(contextOf(command, config), service, dropped),
    );
}

async function parkedKeys(client: Client, service: string): Promise<(ParkedKeyBody & { service: string })[]> {
  const items = await client.list<ParkedKeyBody>(pathOf(service));
  return items.map((item) => ({ service, ...item }));
}

/** What one service cannot tell keeps nobody from the others: it is said, and the exit code is 1. */
async function list({ client, output }: CommandContext, service: string | undefined): Promise<void> {
  const asked = service === undefined ? services : [service];
  const answers = await Promise.allSettled(asked.map((name) => parkedKeys(client, name)));
  const keys = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const failed = answers.flatMap((answer, index) =>
    answer.status === 'rejected' ? [{ service: asked[index] ?? '', error: answer.reason as unknown }] : [],
  );
  if (failed.length === asked.length) throw failed[0]?.error;
  const rows = keys.map(({ service: name, topic, key, state, since, events, error, fingerprint }) => {
    const age = spell(Date.now() - Date.parse(since));
    return [name, topic, key, `${state} ${age}`, counted(events, 'event'), fingerprint ?? '', error ?? ''];
  });
  const none = failed.length === 0 ? ['nothing is parked'] : [];
  output.result(keys, rows.length === 0 ? none : table(rows));
  for (const { service: name, error } of failed)
    output.error(`${name} does not tell: ${error instanceof Error ? error.message : String(error)}\n`);
  if (failed.length > 0) process.exitCode = 1;
}

async function show({ client, output }: CommandContext, service: string, of: Required<Selected>): Promise<void> {
  const events = await client.list<ParkedEventBody>(pathOf(service), { topic: of.topic, key: of.key });
  if (events.length === 0)
    throw new Failure(1, `${service} holds nothing of ${of.key} in ${of.topic} back`, {
      fix: `parked list ${service}`,
    });
  output.result(events, eventLines(events));
}

async function showDropped({ client, output }: CommandContext, service: string, id: string): Promise<void> {
  const events = await client.list<ParkedEventBody>(`${pathOf(service)}/actions/${encodeURIComponent(id)}/events`);
  if (events.length === 0)
    throw new Failure(1, `action ${id} of ${service} dropped nothing`, { fix: `parked history ${service}` });
  output.result(events, eventLines(events));
}

function eventLines(events: readonly ParkedEventBody[]): string[] {
  return events.flatMap(({ eventId, parkedAt, error, headers, payload, payloadBytes }) => [
    `${eventId}  parked ${spell(Date.now() - Date.parse(parkedAt))} ago`,
    ...(error === null ? [] : [`  error    ${error}`]),
    `  headers  ${JSON.stringify(headers)}`,
    `  payload  ${payloadBytes} bytes${payload === null ? '' : `: ${payload}`}`,
  ]);
}

async function history({ client, output }: CommandContext, service: string): Promise<void> {
  const actions = await client.list<ParkedActionBody>(`${pathOf(service)}/actions`);
  const names = await namesOf(client);
  const rows = actions.map(({ id, at, action, by, reason, selection, keys, dropped }) => {
    const what = selection['fingerprint'] ?? `${selection['topic']} ${selection['key']}`;
    const did =
      action === 'skip' ? `dropped ${dropped.map(({ eventId }) => eventId).join(', ')}` : counted(keys, 'key');
    return [id, at, names.get(by) ?? by, action, what, did, reason ?? ''];
  });
  output.result(actions, rows.length === 0 ? [`nobody has redriven or skipped anything in ${service}`] : table(rows));
}

/** By id; none where the caller may not see who there is. */
async function namesOf(client: Client): Promise<Map<string, string>> {
  const principals = await client.list<{ id: string; name: string }>('/v1/principals').catch(() => []);
  return new Map(principals.map(({ id, name }) => [id, name]));
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
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

/** The very event, because another one may be at the head by the time the command arrives. */
function droppedBy(service: string, options: Skipped): object {
  const selection = selectionOf(options);
  if (options.fingerprint !== undefined) return selection;
  if (options.event !== undefined) return { ...selection, eventId: options.event };
  const shown = `parked show ${service} --topic ${options.topic} --key ${options.key}`;
  throw new Failure(2, 'which event', { fix: `--event with the first id that this tells: ${shown}` });
}

import type { Command } from 'commander';
import { route } from '../client.js';
import type { Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure, UnavailableFailure } from '../failure.js';
import { table } from '../output.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

interface AddOptions {
  app: string;
  versionUsed?: string;
  kind: string;
  rating?: string;
}
interface Figure {
  value: number | null;
  count: number;
  unit: string;
}

export function addFeedbackCommands(program: Command, config: CliConfig): void {
  const feedback = program.command('feedback').description('what customers say about which version');
  feedback
    .command('add <text>')
    .requiredOption('--app <application>')
    .option('--version-used <version>', 'the version it is about; by default the one that is live')
    .option('--kind <kind>', 'complaint, praise, idea, question or survey', 'complaint')
    .option('--rating <0-10>')
    .action((text: string, options: AddOptions, command: Command) => add(contextOf(command, config), text, options));
  feedback
    .command('list')
    .requiredOption('--app <application>')
    .action((options: { app: string }, command: Command) => list(contextOf(command, config), options.app));
  program
    .command('metrics <application>')
    .description('the five DORA metrics, each with the events it came from')
    .action((application: string, _options, command: Command) => metrics(contextOf(command, config), application));
}

async function add({ client, output }: CommandContext, text: string, options: AddOptions): Promise<void> {
  const versions = options.versionUsed === undefined ? await liveVersions(client, options.app) : [options.versionUsed];
  // Which of several it is about nobody but the customer knows.
  const [version] = versions?.length === 1 ? versions : [];
  const body = {
    application: options.app,
    kind: options.kind,
    text,
    ...(version !== undefined && { version }),
    ...(options.rating !== undefined && { rating: Number(options.rating) }),
  };
  const saved = await client.post<{ id: string }>('/v1/feedback', body);
  const about = version === undefined ? `for no version: ${liveAre(versions)}` : `for ${options.app}@${version}`;
  output.result(saved, [`${saved.id} received ${about}`]);
}

function liveAre(versions: readonly string[] | undefined): string {
  if (versions === undefined) return 'what is live cannot be told now, --version-used does';
  return versions.length === 0 ? 'nothing is live' : `live are ${versions.join(' and ')}, --version-used tells which`;
}

/** Of each environment of the tier production, whatever it is called; undefined: nobody can tell. */
async function liveVersions(client: Client, application: string): Promise<string[] | undefined> {
  try {
    const { definition } = await client.get<{ definition: { environments: Record<string, { tier: string }> } }>(
      route`/v1/applications/${application}`,
    );
    const slots = await client.list<{ environment: string; current?: { version: string } }>('/v1/slots', {
      application,
    });
    const isLive = (environment: string) => definition.environments[environment]?.tier === 'production';
    return [...new Set(slots.flatMap(({ environment, current }) => (isLive(environment) && current?.version) || []))];
  } catch (error) {
    // Without planning it is still received, for no version.
    if (error instanceof UnavailableFailure) return undefined;
    if (error instanceof Failure && error.details.code === 'not_found') return [];
    throw error;
  }
}

async function list({ client, output }: CommandContext, application: string): Promise<void> {
  const items = await client.listOf<{ id: string; kind: string; version?: string; text?: string }>(
    '/v1/feedback',
    application,
  );
  output.result(items, table(items.map((item) => [item.version ?? '-', item.kind, item.text ?? ''])));
}

async function metrics({ client, output }: CommandContext, application: string): Promise<void> {
  const body = await client.get<{ figures: Record<string, Figure> }>(
    `/v1/delivery-metrics?${new URLSearchParams({ application })}`,
  );
  const rows = Object.entries(body.figures).map(([name, { value, unit, count }]) => [
    name,
    value === null ? 'no data' : `${value} ${unit}`,
    `of ${count}`,
  ]);
  output.result(body, table(rows));
}

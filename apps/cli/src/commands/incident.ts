import { Option } from 'commander';
import type { Command } from 'commander';
import { route } from '../client.js';
import type { CliConfig } from '../config.js';
import { spell, table } from '../output.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

interface IncidentBody {
  id: string;
  application: string;
  environment: string;
  version?: string;
  releaseId?: string;
  description: string;
  url?: string;
  openedBy: string;
  openedAt: string;
  status: 'open' | 'resolved';
  resolved?: { by: string; at: string; note?: string };
}
interface Filter {
  app?: string;
  env?: string;
  status?: string;
}
interface Reported {
  app: string;
  env: string;
  versionAffected?: string;
  url?: string;
}

/** What is wrong in an environment, found by a watch or told by a person. */
export function addIncidentCommands(program: Command, config: CliConfig): void {
  const incident = program.command('incident').description('what is wrong in an environment, found or reported');
  incident
    .command('list')
    .description('the newest first')
    .option('--app <application>')
    .option('--env <environment>')
    .addOption(new Option('--status <status>').choices(['open', 'resolved']))
    .action((options: Filter, command: Command) => list(contextOf(command, config), options));
  incident
    .command('show <id>')
    .action((id: string, _options, command: Command) => show(contextOf(command, config), id));
  incident
    .command('report <description>')
    .description('say that something is wrong')
    .requiredOption('--app <application>')
    .requiredOption('--env <environment>')
    .option('--version-affected <version>')
    .option('--url <url>', 'where people work on it')
    .action((description: string, options: Reported, command: Command) =>
      report(contextOf(command, config), description, options),
    );
  incident
    .command('close <id>')
    .description('say that it is over')
    .option('--note <text>', 'what it was')
    .action((id: string, options: { note?: string }, command: Command) =>
      close(contextOf(command, config), id, options),
    );
}

async function list({ client, output }: CommandContext, { app, env, status }: Filter): Promise<void> {
  const filter = { ...(env && { environment: env }), ...(status && { status }) };
  const incidents = await client.listOf<IncidentBody>('/v1/incidents', app, filter);
  const rows = incidents.map((each) => [each.id, placeOf(each), standing(each), each.description]);
  output.result(incidents, rows.length === 0 ? ['no incidents'] : table(rows));
}

async function show({ client, output }: CommandContext, id: string): Promise<void> {
  const incident = await client.get<IncidentBody>(route`/v1/incidents/${id}`);
  const { description, openedBy, openedAt, releaseId, url, resolved } = incident;
  const note = resolved?.note === undefined ? '' : `: ${resolved.note}`;
  output.result(incident, [
    `${id}  ${placeOf(incident)}  ${incident.status}`,
    `  what     ${description}`,
    `  opened   ${openedAt} by ${openedBy}`,
    ...(releaseId === undefined ? [] : [`  release  ${releaseId}`]),
    ...(url === undefined ? [] : [`  at       ${url}`]),
    ...(resolved ? [`  closed   ${resolved.at} by ${resolved.by}${note}`] : []),
  ]);
}

async function report({ client, output }: CommandContext, description: string, options: Reported): Promise<void> {
  const { app: application, env: environment, versionAffected: version, url } = options;
  const body = { application, environment, description, ...(version && { version }), ...(url && { url }) };
  const opened = await client.post<IncidentBody>('/v1/incidents', body);
  output.result(opened, [`${opened.id} is open; incident close ${opened.id} when it is over`]);
}

async function close({ client, output }: CommandContext, id: string, { note }: { note?: string }): Promise<void> {
  const body = note === undefined ? {} : { note };
  const closed = await client.post<IncidentBody>(route`/v1/incidents/${id}/resolutions`, body);
  output.result(closed, [`${id} is closed, after ${ageOf(closed)}`]);
}

/** `shop@1.2.0 production` */
function placeOf({ application, version, environment }: IncidentBody): string {
  return `${application}${version === undefined ? '' : `@${version}`} ${environment}`;
}

/** `open 5m`, or for how long it was. */
function standing(incident: IncidentBody): string {
  return `${incident.status === 'open' ? 'open' : 'closed after'} ${ageOf(incident)}`;
}

function ageOf({ openedAt, resolved }: IncidentBody): string {
  return spell(Math.max(0, (resolved ? Date.parse(resolved.at) : Date.now()) - Date.parse(openedAt)));
}

import { existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { route } from '../client.js';
import type { Answer, Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { table } from '../output.js';
import { isPlaceOf, openWorkingTree, readManifestText, refuseOtherPath, sharesHistory } from '../repository.js';
import type { WorkingTree } from '../repository.js';
import { waitFor } from '../wait.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

interface ApplicationBody {
  name: string;
  team: string;
  repository: string;
  definition: { environments: Record<string, unknown> };
  manifest: unknown;
  definitionVersion: number;
}
interface EnvironmentBody {
  environment: string;
  url?: string;
}

const portsWithinMs = 15_000;

export function addAppCommands(program: Command, config: CliConfig): void {
  const app = program.command('app').description('applications: what is released');
  app
    .command('init')
    .description('write a signalbox.yaml for the repository in this directory')
    .action((_options, command: Command) => init(contextOf(command, config)));
  app
    .command('register')
    .description('register the application of this directory, or send its changed definition')
    .option('--team <team>', 'the team it belongs to')
    .option('--repository <url>', 'where services read it; by default what is registered, else this folder')
    .action((options: Registration, command: Command) => register(contextOf(command, config), options));
  app
    .command('get <name>')
    .option('--effective', 'with every default')
    .action((name: string, options: { effective?: boolean }, command: Command) =>
      show(contextOf(command, config), name, options),
    );
  app.command('list').action((_options, command: Command) => list(contextOf(command, config)));
}

async function init({ directory, output }: CommandContext): Promise<void> {
  const { path } = await openWorkingTree(directory);
  const file = join(directory, 'signalbox.yaml');
  if (existsSync(file)) throw new Failure(5, 'signalbox.yaml is there already', { fix: 'edit it, or remove it first' });
  const { guessManifest } = await import('../guess-manifest.js');
  const { text, notes } = guessManifest(directory, path);
  writeFileSync(file, text);
  output.result({ file }, ['wrote signalbox.yaml; commit it, then app register', ...notes]);
}

interface Registration {
  team?: string;
  repository?: string;
}

async function register({ directory, output, client }: CommandContext, options: Registration): Promise<void> {
  const tree = await openWorkingTree(directory);
  const manifestText = readManifestText(directory);
  await refuseOtherPath(tree, manifestText);
  const known = await registered(client, manifestText);
  // A changed definition does not move the repository: services may reach it elsewhere than here.
  const repository = options.repository ?? known?.body.repository ?? tree.root;
  const isElsewhere =
    known !== undefined && options.repository === undefined && (await readElsewhere(tree, known.body));
  const saved = await save({ manifestText, repository, ...(options.team && { team: options.team }) });
  const order = Object.keys(saved.definition.environments);
  const environments = await waitFor(
    'reserving ports',
    portsWithinMs,
    async () => {
      const items = await client.list<EnvironmentBody>('/v1/environments', { application: saved.name });
      // What the definition has no more stays in that list.
      const ready = items.filter(({ environment, url }) => url !== undefined && order.includes(environment));
      return ready.length >= order.length ? ready : undefined;
    },
    200,
    `${saved.name} is registered and gets its ports from the deployer; doctor shows whether that is away`,
  );
  const urls = environments.toSorted((a, b) => order.indexOf(a.environment) - order.indexOf(b.environment));
  output.result({ ...saved, environments: urls }, [
    `${saved.name}: ${shortUrls(urls)}`,
    ...(isElsewhere ? [`reads ${repository}, not this folder; --repository moves it`] : []),
  ]);

  async function save(wish: { manifestText: string; repository: string }): Promise<ApplicationBody> {
    if (!known) return client.post<ApplicationBody>('/v1/applications', wish);
    const { body, etag } = known;
    const answer = await client.call<ApplicationBody>('PUT', route`/v1/applications/${body.name}`, {
      body: wish,
      ...(etag && { ifMatch: etag }),
    });
    return answer.body;
  }
}

/**
 * Whether services read an application in another place than this.
 * @throws Failure where that is another repository altogether: two applications have one name
 */
async function readElsewhere(tree: WorkingTree, { name, repository }: ApplicationBody): Promise<boolean> {
  if (await isPlaceOf(tree, repository)) return false;
  if ((await sharesHistory(tree, repository)) === false)
    throw new Failure(2, `${name} is registered from ${repository}, which shares no history with this one`, {
      fix: 'another name in signalbox.yaml, or --repository to move it here',
    });
  return true;
}

/** As it is known by its name; undefined: not yet, or nobody can tell from this text, and registering says why. */
async function registered(client: Client, manifestText: string): Promise<Answer<ApplicationBody> | undefined> {
  const { parse } = await import('yaml');
  try {
    const { name } = parse(manifestText) as { name?: unknown };
    if (typeof name !== 'string') return undefined;
    return await client.call<ApplicationBody>('GET', route`/v1/applications/${name}`);
  } catch (error) {
    if (!(error instanceof Failure) || error.details.code === 'not_found') return undefined;
    throw error;
  }
}

/** `staging http://localhost:4703 production :4704`: the address once, then ports. */
function shortUrls(environments: readonly EnvironmentBody[]): string {
  return environments
    .map(({ environment, url = '' }, index) => `${environment} ${index === 0 ? url : `:${new URL(url).port}`}`)
    .join(' ');
}

async function show({ output, client }: CommandContext, name: string, options: { effective?: boolean }): Promise<void> {
  const application = await client.get<ApplicationBody>(route`/v1/applications/${name}`);
  const shown = options.effective ? application.definition : application.manifest;
  const { stringify } = await import('yaml');
  output.result(shown, stringify(shown).trimEnd().split('\n'));
}

async function list({ output, client }: CommandContext): Promise<void> {
  const items = await client.list<{ name: string; team: string; repository: string }>('/v1/applications');
  const here = (path: string) => (path.startsWith('/') ? relative('.', path) || '.' : path);
  output.result(items, table(items.map((item) => [item.name, item.team, here(item.repository)])));
}

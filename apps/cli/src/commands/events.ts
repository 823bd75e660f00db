import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { route } from '../client.js';
import type { Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure, UnavailableFailure } from '../failure.js';
import { plain } from '../output.js';
import { findRelease } from '../release.js';
import { tail } from '../tail.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';
import { addEventSourceCommands } from './event-source.js';

interface ActivityBody {
  at: string;
  type: string;
  subject: string;
  application?: string;
}

export function addEventCommands(program: Command, config: CliConfig): void {
  const events = program.command('events').description('what happens, as it happens');
  addEventSourceCommands(program, events, config);
  events
    .command('tail')
    .option('--release <release>')
    .option('--app <application>')
    .action((options: { release?: string; app?: string }, command: Command) =>
      follow(contextOf(command, config), options),
    );
  program
    .command('api <method> <path>')
    .description('any call of the REST API; a body is read from standard input with --body -')
    .option('--body <json>')
    .option('--if-match <etag>', 'of what is to be changed; a PUT without it takes the one that is there now')
    .action((method: string, path: string, options: ApiOptions, command: Command) =>
      api(contextOf(command, config), method, path, options),
    );
  addContextCommands(program, config);
}

function addContextCommands(program: Command, config: CliConfig): void {
  const context = program.command('context').description('who you are for this command line');
  context.command('list').action((_options, command: Command) => {
    const { output } = contextOf(command, config);
    const { contexts, current } = config.read();
    output.result(
      Object.keys(contexts),
      Object.keys(contexts).map((name) => `${name === current ? '*' : ' '} ${name}`),
    );
  });
  context
    .command('add <name>')
    .description('an API key, read from standard input')
    .action((name: string, _options, command: Command) => {
      const key = readFileSync(0, 'utf8').trim();
      if (!key.startsWith('sbx_')) throw new Failure(2, 'no API key on standard input', { fix: 'it begins with sbx_' });
      config.add(name, key);
      contextOf(command, config).output.result({ saved: name }, [
        `${name} saved; --context ${name}, or context use ${name}`,
      ]);
    });
  context.command('use <name>').action((name: string, _options, command: Command) => {
    config.access(name);
    config.save((file) => ({ ...file, current: name }));
    contextOf(command, config).output.result({ current: name }, [`now ${name}`]);
  });
}

async function follow({ client, output }: CommandContext, options: { release?: string; app?: string }): Promise<void> {
  const query = new URLSearchParams({
    ...(options.app && { application: options.app }),
    ...(options.release && { releaseId: (await findRelease(client, options.release)).id, after: '0' }),
  });
  await tail(client, route`/v1/activities/stream?${query}`, (data) =>
    output.line(output.json ? data : activityLine(JSON.parse(data) as ActivityBody)),
  );
}

function activityLine({ at, type, subject }: ActivityBody): string {
  const short = type.replace(/^dev\.cdevents(x\.signalbox-|\.)/, '').replace(/\.\d+\.\d+\.\d+$/, '');
  return plain(`${at} ${short} ${subject}`);
}

interface ApiOptions {
  body?: string;
  ifMatch?: string;
}

/** Undefined where there is nothing yet, or what is there has no version. */
async function etagOf(client: Client, path: string): Promise<string | undefined> {
  try {
    return (await client.call('GET', path)).etag;
  } catch (error) {
    if (error instanceof Failure && !(error instanceof UnavailableFailure)) return undefined;
    throw error;
  }
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** `-`: from standard input. */
function readBody(given: string): unknown {
  const text = given === '-' ? readFileSync(0, 'utf8') : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(2, `the body is not JSON: ${(error as Error).message}`);
  }
}

async function api(
  { client, output }: CommandContext,
  method: string,
  path: string,
  options: ApiOptions,
): Promise<void> {
  if (!methods.includes(method.toUpperCase()))
    throw new Failure(2, `${method} is not a method`, { fix: `one of ${methods.join(', ')}` });
  if (!path.startsWith('/')) throw new Failure(2, `${path} is not a path`, { fix: 'for example /v1/releases' });
  const body = options.body === undefined ? undefined : readBody(options.body);
  const isPut = method.toUpperCase() === 'PUT';
  const ifMatch = options.ifMatch ?? (isPut ? await etagOf(client, path) : undefined);
  const answer = await client.call<unknown>(method.toUpperCase(), path, {
    ...(body !== undefined && { body }),
    ...(ifMatch !== undefined && { ifMatch }),
  });
  output.line(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, undefined, 2));
}

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { route } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { plain } from '../output.js';
import { findRelease } from '../release.js';
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
      tail(contextOf(command, config), options),
    );
  program
    .command('api <method> <path>')
    .description('any call of the REST API; a body is read from standard input with --body -')
    .option('--body <json>')
    .action((method: string, path: string, options: { body?: string }, command: Command) =>
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
      config.save((file) => ({ ...file, contexts: { ...file.contexts, [name]: { key } } }));
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

async function tail({ client, output }: CommandContext, options: { release?: string; app?: string }): Promise<void> {
  const query = new URLSearchParams({
    ...(options.app && { application: options.app }),
    ...(options.release && { releaseId: (await findRelease(client, options.release)).id, after: '0' }),
  });
  const stream = await client.stream(route`/v1/activities/stream?${query}`);
  const events = stream.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events) {
    const activity = JSON.parse(data) as ActivityBody;
    if (output.json) output.line(data);
    else
      output.line(
        plain(
          `${activity.at} ${activity.type.replace(/^dev\.cdevents(x\.signalbox-|\.)/, '').replace(/\.\d+\.\d+\.\d+$/, '')} ${activity.subject}`,
        ),
      );
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
  options: { body?: string },
): Promise<void> {
  if (!methods.includes(method.toUpperCase()))
    throw new Failure(2, `${method} is not a method`, { fix: `one of ${methods.join(', ')}` });
  if (!path.startsWith('/')) throw new Failure(2, `${path} is not a path`, { fix: 'for example /v1/releases' });
  const body = options.body === undefined ? undefined : readBody(options.body);
  const answer = await client.call<unknown>(method.toUpperCase(), path, body === undefined ? {} : { body });
  output.line(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, undefined, 2));
}

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { awaitedSuite, doneAt } from '../awaited-suite.js';
import type { Asked } from '../awaited-suite.js';
import { route } from '../client.js';
import type { Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { spell, table } from '../output.js';
import { findRelease } from '../release.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';

const singleType = 'application/cloudevents+json';

interface SourceBody {
  name: string;
  prefix: string;
  topic: string;
  accepted: number;
  duplicates: number;
  refused: number;
  lastReceivedAt: string | null;
}
interface RefusalBody {
  at: string;
  id: string | null;
  code: string;
  message: string;
  pointer: string;
}
interface IntakeBody {
  accepted: number;
  duplicates: number;
  refused: { index: number; id?: string; code: string; message: string; pointer: string }[];
}

interface ReportOptions extends Asked {
  outcome: string;
  reason?: string;
}

/** Tools outside whose events are taken in. */
export function addEventSourceCommands(program: Command, events: Command, config: CliConfig): void {
  const source = program.command('event-source').description('tools outside that send events, as EVENT_SOURCES says');
  source
    .command('list')
    .description('how many events each has sent, and its topic')
    .action((_options, command: Command) => list(contextOf(command, config)));
  source
    .command('refusals <source>')
    .description('what was not taken in, the newest first')
    .action((name: string, _options, command: Command) => refusals(contextOf(command, config), name));
  source
    .command('key <source>')
    .description('a key with which a tool sends the events of this source, and may do nothing else')
    .action((name: string, _options, command: Command) => key(contextOf(command, config), name));
  events
    .command('publish <file>')
    .description('send a CloudEvent, or an array of up to 500, as a source; - reads standard input')
    .requiredOption('--source <source>')
    .action((file: string, options: { source: string }, command: Command) =>
      publish(contextOf(command, config), file, options.source),
    );
  events
    .command('report <release>')
    .description('report a suite that waits for a tool outside, as its source')
    .requiredOption('--source <source>')
    .option('--suite <suite>', 'where several wait for this source')
    .option('--env <environment>', 'where it is awaited in several')
    .addOption(
      new Option('--outcome <outcome>').choices(['success', 'failure', 'error', 'cancel']).makeOptionMandatory(),
    )
    .option('--reason <reason>')
    .action((release: string, options: ReportOptions, command: Command) =>
      report(contextOf(command, config), release, options),
    );
}

async function list({ client, output }: CommandContext): Promise<void> {
  const sources = await client.list<SourceBody>('/v1/event-sources');
  const rows = sources.map(({ name, prefix, topic, accepted, duplicates, refused, lastReceivedAt }) => {
    const last = lastReceivedAt === null ? 'never' : `${spell(Date.now() - Date.parse(lastReceivedAt))} ago`;
    return [name, prefix, `${accepted} accepted`, `${duplicates} duplicates`, `${refused} refused`, last, topic];
  });
  output.result(sources, rows.length === 0 ? ['no event sources; EVENT_SOURCES declares them'] : table(rows));
}

async function refusals({ client, output }: CommandContext, name: string): Promise<void> {
  const items = await client.list<RefusalBody>(route`/v1/event-sources/${name}/refusals`);
  const rows = items.map(({ at, id, code, message, pointer }) => [at, id ?? '-', code, pointer, message]);
  output.result(items, rows.length === 0 ? [`nothing of ${name} was refused`] : table(rows));
}

async function key({ client, output }: CommandContext, source: string): Promise<void> {
  const sources = await client.list<SourceBody>('/v1/event-sources');
  if (!sources.some(({ name }) => name === source))
    throw new Failure(2, `no event source ${source}`, { fix: `EVENT_SOURCES=${source}=/${source}, then start again` });
  const principal = await publisherOf(client, source);
  const issued = await client.post<{ id: string; key: string }>(route`/v1/principals/${principal}/keys`);
  output.result(issued, [issued.key, `shown this once; it sends events as ${source} and does nothing else`]);
}

interface PrincipalBody {
  id: string;
  name: string;
  disabled?: boolean;
  bindings: { role: string; source?: string }[];
}

async function publisherOf(client: Client, source: string): Promise<string> {
  const name = `${source}-events`;
  const known = await client.list<PrincipalBody>('/v1/principals');
  const found = known.find((principal) => principal.name === name);
  const wish = { name, kind: 'machine', bindings: [{ role: 'publisher', source }] };
  if (!found) return (await client.post<{ id: string }>('/v1/principals', wish)).id;
  const [binding, another] = found.bindings;
  const isPublisher = binding?.role === 'publisher' && binding.source === source && !another;
  if (!isPublisher || found.disabled === true)
    throw new Failure(1, `${name} is there already and ${isPublisher ? 'is disabled' : 'may do something else'}`, {
      fix: `mend /v1/principals/${found.id}, or make a principal of another name with the role publisher`,
    });
  return found.id;
}

async function publish({ client, output, directory }: CommandContext, file: string, source: string): Promise<void> {
  const body = eventsOf(file === '-' ? 0 : resolve(directory, file));
  const contentType = Array.isArray(body) ? 'application/cloudevents-batch+json' : singleType;
  const path = route`/v1/event-sources/${source}/events`;
  const { body: done } = await client.call<IntakeBody>('POST', path, { body, contentType });
  const { accepted, duplicates, refused } = done;
  output.result(done, [
    `${accepted} accepted, ${duplicates} ${duplicates === 1 ? 'duplicate' : 'duplicates'}, ${refused.length} refused`,
    ...refused.map(({ index, code, message, pointer }) => `  ${index} ${code} ${pointer} ${message}`),
  ]);
  if (refused.length > 0) throw new Failure(1, `${refused.length} of the events were refused`);
}

async function report({ client, output }: CommandContext, name: string, options: ReportOptions): Promise<void> {
  const release = await findRelease(client, name);
  const { stage, suite } = awaitedSuite(release, options);
  const { source, outcome, reason } = options;
  const environment = stage.environment ?? '';
  const content = {
    environment: { id: environment },
    outcome,
    ...(reason !== undefined && { reason }),
    ...(suite !== undefined && { testSuite: { id: suite, name: suite } }),
  };
  const [id, type, timestamp] = [randomUUID(), 'dev.cdevents.testsuiterun.finished.0.3.0', doneAt(stage, new Date())];
  const data = { context: { id, type, timestamp, chainId: release.id }, subject: { id, content } };
  const body = { specversion: '1.0', id, type, time: timestamp, data };
  const path = route`/v1/event-sources/${source}/events`;
  const { body: done } = await client.call<IntakeBody>('POST', path, { body, contentType: singleType });
  output.result(done, [`${outcome} of ${suite ?? 'the suite'} in ${environment} reported as ${source}`]);
}

function eventsOf(file: string | 0): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Failure(2, `no events in ${file || 'standard input'}: ${(error as Error).message}`);
  }
}

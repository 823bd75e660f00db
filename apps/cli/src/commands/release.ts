import type { Command } from 'commander';
import { route } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import { spell, table } from '../output.js';
import { approveRelease, createRelease, findRelease, isOver, nameOf, openApproval, untilRelease } from '../release.js';
import type { ReleaseBody } from '../release.js';
import { releaseTree, stageName } from '../release-tree.js';
import { applicationName, openWorkingTree, uncommittedFiles } from '../repository.js';
import { watchRelease } from '../watch.js';
import { contextOf } from './context.js';
import type { CommandContext } from './context.js';
import { explain } from './why.js';

const buildWithinMs = 3_600_000;

interface CreateOptions {
  dryRun?: boolean;
  bump?: string;
  setVersion?: string;
  ref?: string;
  notes?: string;
  ignoreDirty?: boolean;
  app?: string;
  watch?: boolean;
}

export function addReleaseCommands(program: Command, config: CliConfig): void {
  const release = program.command('release').description('releases: from plan to customer feedback');
  release
    .command('create')
    .description('release the commit checked out here')
    .option('--dry-run', 'only show what it would be')
    .option('--bump <part>', 'major, minor or patch, whatever the commits say')
    .option('--set-version <version>', 'exactly this version')
    .option('--ref <ref>', 'another commit, branch or tag')
    .option('--notes <text>', 'release notes by hand')
    .option('--app <name>', 'an application that is not the one of this directory')
    .option('--ignore-dirty', 'release the commit although files are not committed')
    .option('-w, --watch', 'follow it to its end')
    .action((options: CreateOptions, command: Command) => create(contextOf(command, config), options));
  release
    .command('get <release>')
    .option('-w, --watch', 'follow it to its end')
    .action((name: string, options: { watch?: boolean }, command: Command) =>
      get(contextOf(command, config), name, options),
    );
  release
    .command('list')
    .option('--app <name>')
    .action((options: { app?: string }, command: Command) => list(contextOf(command, config), options));
  release
    .command('approve <release>')
    .description('say yes to its plan as it is now')
    .action((name: string, _options, command: Command) => approve(contextOf(command, config), name));
  release
    .command('why <release>')
    .description('why it does not move, who can lift it, what to do')
    .action((name: string, _options, command: Command) => explain(contextOf(command, config), name));
  release
    .command('cancel <release>')
    .option('--reason <reason>', 'why', 'cancelled by hand')
    .action((name: string, options: { reason: string }, command: Command) =>
      cancel(contextOf(command, config), name, options.reason),
    );
  release
    .command('retry <release>')
    .requiredOption('--stage <stage>')
    .requiredOption('--reason <reason>')
    .action((name: string, options: { stage: string; reason: string }, command: Command) =>
      retry(contextOf(command, config), name, options),
    );
}

async function create(context: CommandContext, options: CreateOptions): Promise<void> {
  const { client, output } = context;
  const wish = { application: options.app ?? '', ...(options.ref && { ref: options.ref }) };
  if (options.app === undefined) {
    const tree = await openWorkingTree(context.directory);
    const dirty = await uncommittedFiles(tree);
    if (dirty > 0 && !options.ignoreDirty && !options.ref) {
      throw new Failure(2, `${dirty} uncommitted ${dirty === 1 ? 'file' : 'files'}`, {
        fix: 'commit or --ignore-dirty',
      });
    }
    wish.application = await applicationName(context.directory);
    wish.ref ??= tree.head;
  }
  const release = await createRelease(client, {
    ...wish,
    ...(options.bump && { bump: options.bump }),
    ...(options.setVersion && { version: options.setVersion }),
    ...(options.notes && { notes: options.notes }),
    ...(options.dryRun && { dryRun: true }),
  });
  if (release.cause && ['nothing_to_release', 'already_underway'].includes(release.cause.code)) {
    output.result(release, [release.cause.detail, `force: ${release.cause.fix ?? '--bump patch'}`]);
    if (options.watch && !options.dryRun && release.cause.releaseId) await follow(context, release.cause.releaseId);
    return;
  }
  if (release.status === 'failed' && release.cause && release.stages.length === 0) {
    throw new Failure(2, release.cause.detail, {
      code: release.cause.code,
      lines: release.cause.faults ?? [],
      ...(release.cause.fix && { fix: release.cause.fix }),
    });
  }
  const isFollowed = options.watch === true && options.dryRun !== true;
  // With --json one document: the release as it has ended.
  if (!isFollowed || !output.json) output.result(release, planLines(release, options.dryRun === true));
  if (isFollowed) await follow(context, release.id);
}

function planLines(release: ReleaseBody, isDryRun: boolean): string[] {
  const since = release.base === undefined ? '' : ` since v${release.base}`;
  const scope =
    release.base === undefined ? release.summary : `${release.bump}, ${release.summary || 'no commits'}${since}`;
  const head = `${nameOf(release)} ${isDryRun ? 'would be planned' : 'planned'} at ${release.commit.slice(0, 7)}: ${scope}`;
  return isDryRun && release.notes ? [head, '', ...release.notes.split('\n')] : [head];
}

async function get(context: CommandContext, name: string, options: { watch?: boolean }): Promise<void> {
  const release = await findRelease(context.client, name);
  if (options.watch && !isOver(release)) return follow(context, release.id);
  context.output.result(release, releaseTree(release, new Date()));
  if (['failed', 'rolled_back', 'cancelled'].includes(release.status) && options.watch) process.exitCode = 1;
}

async function follow(context: CommandContext, releaseId: string): Promise<void> {
  const ended = await watchRelease(context.client, context.output, releaseId);
  if (context.output.json) context.output.result(ended, []);
  if (ended.status !== 'completed') process.exitCode = 1;
}

async function list({ client, output }: CommandContext, options: { app?: string }): Promise<void> {
  const items = await client.listOf<ReleaseBody>('/v1/releases', options.app);
  const rows = items.map((item) => [
    nameOf(item),
    item.alert === undefined ? item.status : `${item.status}, alert`,
    item.commit.slice(0, 7),
    spell(Date.now() - Date.parse(item.createdAt)),
    item.summary,
  ]);
  output.result(items, table(rows));
}

/** An approval names the artifact, so it waits for the build; a release that has ended meanwhile says why. */
async function approve({ client, output }: CommandContext, name: string): Promise<void> {
  const { id } = await findRelease(client, name);
  const isBuilt = (release: ReleaseBody) =>
    isOver(release) || release.stages.some(({ kind, status }) => kind === 'build' && status === 'succeeded');
  const release = await untilRelease(client, id, 'the build', buildWithinMs, isBuilt);
  // The next may be open when it has been given.
  const open = openApproval(release);
  const approved = await approveRelease(client, release);
  const asked = approved.stages.find(({ key }) => key === open?.key)?.approvals ?? approved.approvals;
  const counts = asked.map(({ granted, required }) => `${granted} of ${required}`).join(', ');
  output.result(approved, asked.length === 0 ? ['no approval is asked for'] : [`approved ${counts}`]);
}

async function cancel({ client, output }: CommandContext, name: string, reason: string): Promise<void> {
  const { id } = await findRelease(client, name);
  const release = await client.post<ReleaseBody>(route`/v1/releases/${id}/cancellations`, { reason });
  const busy = release.stages.filter((stage) => stage.status === 'cancelling').map(stageName);
  output.result(release, [
    busy.length > 0 ? `${nameOf(release)} is cancelling: ${busy.join(', ')}` : `${nameOf(release)} ${release.status}`,
  ]);
}

async function retry(
  { client, output }: CommandContext,
  name: string,
  options: { stage: string; reason: string },
): Promise<void> {
  const { id } = await findRelease(client, name);
  const stage = options.stage.trim().replace(' ', '-');
  const release = await client.post<ReleaseBody>(route`/v1/releases/${id}/retries`, { stage, reason: options.reason });
  output.result(release, [`${nameOf(release)} tries ${stage} again`]);
}

import { spawn } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cliFileFor, startOf } from './cli-file.js';
import type { CliFile } from './cli-file.js';
import { readLaunchOptions, wishOf } from './config.js';
import type { LaunchOptions } from './config.js';
import { askSupervisor, openControl } from './control.js';
import { Supervisor } from './supervisor.js';
import { UsageError } from './usage-error.js';

const againAfterMs = 1_000;
const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Runs the installation until it is told to stop, or until the demo has ended. */
async function launch(args: readonly string[]): Promise<number> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const wish = wishOf(args);
  const options = readLaunchOptions(wish ? ['--cluster'] : args, process.env, root);
  const folder = join(options.state, options.kafka ? 'kafka' : 'embedded');
  const control = join(folder, 'secrets', 'control.json');
  if (wish) {
    await askSupervisor(control, wish, say);
    return 0;
  }
  const supervisor = new Supervisor(options, folder, say);
  const interrupted = new Promise<'interrupted'>((resolve) => {
    let firstAt: number | undefined;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        firstAt ??= performance.now();
        // One Ctrl-C may come twice, from the terminal and from npm.
        if (performance.now() - firstAt > againAfterMs) supervisor.hurry();
        resolve('interrupted');
      });
    }
  });
  let closeControl: (() => Promise<void>) | undefined;
  try {
    const first = await Promise.race([supervisor.start().then(() => 'started' as const), interrupted]);
    if (first === 'interrupted') return 130;
    const isFirst = await saveCliContext(options, supervisor);
    closeControl = await openControl(control, supervisor);
    await greet(options, supervisor, isFirst, say);
    if (options.demo === 'never' || (options.demo === 'first' && !isFirst)) {
      await interrupted;
      return 0;
    }
    return await runDemo(options, interrupted, say);
  } finally {
    await closeControl?.();
    await supervisor.stop();
  }
}

async function greet(
  options: LaunchOptions,
  supervisor: Supervisor,
  isFirst: boolean,
  say: (line: string) => void,
): Promise<void> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const seconds = ((Date.now() - options.beganAt) / 1000).toFixed(1);
  const lines = [
    `Signalbox ${version} ready in ${seconds}s, data in ${relative(process.cwd(), options.state) || '.'}/`,
    `API ${supervisor.gatewayUrl}  docs /docs`,
  ];
  if (supervisor.brokers) lines.push(`Kafka ${supervisor.brokers.join(',')}`);
  if (process.getuid?.() === 0)
    lines.push('running as root without users of their own for build steps: use trusted repositories only');
  if (isFirst) lines.push(`admin key ${supervisor.installation.secrets.admin} (once); CLI context admin saved`);
  // Who waits for the first line has them all.
  say(lines.join('\n'));
}

/** The CLI finds the gateway and the administrator's key in the checkout; true at the first start on this broker. */
async function saveCliContext(options: LaunchOptions, supervisor: Supervisor): Promise<boolean> {
  const path = join(options.state, 'cli.json');
  const known = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as Partial<CliFile>;
  const { file, isFirst } = cliFileFor(known, {
    broker: options.kafka ? 'kafka' : 'embedded',
    start: startOf(options),
    url: supervisor.gatewayUrl,
    adminKey: supervisor.installation.secrets.admin,
  });
  await writeFile(`${path}.new`, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return isFirst;
}

/** The demo is a client like any other: the CLI, over the public API. */
async function runDemo(
  options: LaunchOptions,
  interrupted: Promise<'interrupted'>,
  say: (line: string) => void,
): Promise<number> {
  const script = join(root, 'apps', 'cli', 'bin', 'signalbox.mjs');
  const demo = spawn(process.execPath, [script, 'demo', ...(options.demo === 'only' ? [] : ['--keep-traffic'])], {
    // As a service it ends when this channel closes: a supervisor that was killed stops nobody.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...options.passedOn, PATH: options.path, SIGNALBOX_CLI_FILE: join(options.state, 'cli.json') },
    detached: true,
  });
  const ended = new Promise<number>((resolve) => demo.once('exit', (code) => resolve(code ?? 1)));
  const first = await Promise.race([ended, interrupted]);
  if (first === 'interrupted') {
    demo.kill('SIGTERM');
    await ended;
    return options.demo === 'only' ? 130 : 0;
  }
  if (options.demo === 'only') return first;
  if (first !== 0) say('the demo did not end as it should; everything stays up: npx signalbox release list');
  await interrupted;
  return 0;
}

try {
  process.exitCode = await launch(process.argv.slice(2));
} catch (error) {
  const isOurs = error instanceof UsageError;
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isOurs ? 2 : 1;
}

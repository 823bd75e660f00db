// Runs on the machine's own Node (20.19 or newer) before anything is installed: built-in modules only.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// Not import.meta.dirname: a Node that is too old is to be told so.
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const node24 = join(root, 'node_modules', '.bin', 'node');

/** Installs packages and builds, each only when missing or stale; `told` gets a line when something was done. */
export async function prepare(told) {
  requireNode();
  const done = [];
  await step(
    'packages',
    stampOf('packages', readFileSync(join(root, 'package-lock.json'))),
    existsSync(node24),
    done,
    () => run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  );
  await step('build', stampOf('build', sources()), existsSync(join(root, 'apps', 'platform', 'dist')), done, () =>
    run(
      node24,
      [
        join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'),
        'run-many',
        '-t',
        'build',
        '--outputStyle=static',
        '--parallel=2',
      ],
      {
        NX_TUI: 'false',
      },
    ),
  );
  if (done.length > 0) told(`first run: ${done.join(', ')}`);
}

/** As `prepare`; when that fails, what failed is told and the process ends with 1. */
export async function prepareOrExit() {
  try {
    await prepare((line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`error: ${error.message}\n`);
    process.exit(1);
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(`error: Node ${process.versions.node} is too old\nfix: install Node 20.19 or newer\n`);
  process.exit(2);
}

/** Does a step whose stamp differs from the last time, showing that it is at work. */
async function step(name, stamp, isThere, done, work) {
  if (isThere && existsSync(stamp.file) && readFileSync(stamp.file, 'utf8') === stamp.value) return;
  const began = Date.now();
  const dots = setInterval(() => process.stderr.write('.'), 2_000);
  process.stderr.write(`${name} `);
  try {
    await work();
  } finally {
    clearInterval(dots);
    process.stderr.write('\n');
  }
  mkdirSync(join(root, 'node_modules', '.signalbox'), { recursive: true });
  writeFileSync(stamp.file, stamp.value);
  done.push(`${name} ${Math.round((Date.now() - began) / 1000)}s`);
}

function stampOf(name, content) {
  return {
    file: join(root, 'node_modules', '.signalbox', `${name}.stamp`),
    value: createHash('sha256').update(content).digest('hex'),
  };
}

/** Names, sizes and times of everything that is built: enough to see a change, quick to read. */
function sources() {
  const lines = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'node_modules' && entry.name !== 'dist') walk(path);
      } else if (/\.(ts|json)$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(path);
        lines.push(`${path} ${size} ${mtimeMs}`);
      }
    }
  };
  for (const folder of ['libs', 'apps']) walk(join(root, folder));
  // Bundles hold the libraries as they were when they were made.
  const bundler = ['bundle.mjs', 'node-version.mjs'].map((name) => join('tools', 'build', name));
  const made = ['package-lock.json', 'nx.json', 'tsconfig.base.json', ...bundler];
  return [...lines.sort(), ...made.map((file) => readFileSync(join(root, file), 'utf8'))].join('\n');
}

/** Runs a program to its end; its output is shown only when it fails. */
function run(command, args, more = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`${command} ${args.slice(0, 2).join(' ')} ended with ${signal ?? code}\n${output.slice(-4000)}`),
        );
    });
  });
}

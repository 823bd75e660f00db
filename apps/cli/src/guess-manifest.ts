import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { Failure } from './failure.js';

interface Guess {
  name: string;
  steps: string[][];
  command: string[];
  notes: string[];
}

/**
 * A `signalbox.yaml` for what the directory seems to hold: a Node or a Python application.
 * @param path of the directory in its repository
 */
export function guessManifest(directory: string, path = '.'): { text: string; notes: string[] } {
  const guess = existsSync(join(directory, 'package.json')) ? guessNode(directory) : guessPython(directory);
  if (!guess) {
    throw new Failure(1, 'neither package.json nor a Python file to start with was found', {
      fix: 'write signalbox.yaml by hand: apiVersion, name, build.steps, runtime.command',
    });
  }
  const argv = (words: readonly string[]) => `[${words.map(quoted).join(', ')}]`;
  const lines = [
    'apiVersion: signalbox/v1',
    `name: ${quoted(guess.name)}`,
    ...(path === '.' ? [] : ['repository:', `  path: ${quoted(path)}`]),
    ...(guess.steps.length > 0
      ? ['build:', '  steps:', ...guess.steps.map((step) => `    - { run: ${argv(step)} }`)]
      : []),
    'runtime:',
    `  command: ${argv(guess.command)} # listens on $PORT`,
    '  healthCheckPath: /',
  ];
  return { text: `${lines.join('\n')}\n`, notes: guess.notes };
}

/** Plain where YAML reads the same text; `8080` and `true` would become something else. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) && parse(word) === word ? word : JSON.stringify(word);
}

interface PackageJson {
  name?: string;
  main?: string;
  scripts?: Record<string, string>;
  dependencies?: object;
  devDependencies?: object;
}

function readPackage(directory: string): PackageJson {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageJson;
  } catch (error) {
    throw new Failure(2, `package.json cannot be read: ${(error as Error).message}`);
  }
}

function guessNode(directory: string): Guess {
  const manifest = readPackage(directory);
  const scripts = manifest.scripts ?? {};
  const hasLock = existsSync(join(directory, 'package-lock.json'));
  const hasDependencies = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).length > 0;
  const steps: string[][] = [];
  if (hasLock) steps.push(['npm', 'ci']);
  else if (hasDependencies) steps.push(['npm', 'install']);
  if (scripts['build']) steps.push(['npm', 'run', 'build']);
  if (scripts['test'] && !scripts['test'].includes('no test specified')) steps.push(['npm', 'test']);
  const command = nodeCommand(directory, scripts['start'], manifest.main);
  if (steps.length === 0) steps.push(['node', '--check', command.at(-1) ?? 'index.js']);
  return {
    name: asName(manifest.name ?? basename(resolve(directory))),
    steps,
    command,
    notes: portNote(
      directory,
      command,
      /process\.env\.PORT|process\.env\[['"]PORT|\{[^}]*\bPORT\b[^}]*\}\s*=\s*process\.env/,
    ),
  };
}

/** The program itself rather than `npm start`, which would stand between us and its signals. */
function nodeCommand(directory: string, start: string | undefined, main: string | undefined): string[] {
  if (start && /^node [\w./ -]+$/.test(start)) return start.split(/\s+/);
  const candidates = [
    main,
    'server.js',
    'src/server.js',
    'index.js',
    'src/index.js',
    'app.js',
    'server.mjs',
    'index.mjs',
  ];
  const found = candidates.find((file) => file !== undefined && existsSync(join(directory, file)));
  return found ? ['node', found] : ['npm', 'start'];
}

function guessPython(directory: string): Guess | undefined {
  const files = readdirSync(directory);
  const program = [
    'server.py',
    'app.py',
    'main.py',
    ...files.filter((file) => file.endsWith('.py') && !file.startsWith('test')),
  ].find((file) => files.includes(file));
  if (!program) return undefined;
  const hasTests = files.some((file) => /^tests?$|^test.*\.py$/.test(file));
  const check = hasTests ? ['python3', '-m', 'unittest'] : ['python3', '-m', 'py_compile', program];
  return {
    name: asName(basename(resolve(directory))),
    steps: [check],
    command: ['python3', program],
    notes: portNote(directory, ['python3', program], /environ/),
  };
}

function asName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/^@[^/]+\//, '')
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 50)
    .replace(/-+$/, '');
  return name.length >= 2 ? name : 'application';
}

function portNote(directory: string, command: readonly string[], reads: RegExp): string[] {
  const file = join(directory, command.at(-1) ?? '');
  if (!existsSync(file) || reads.test(readFileSync(file, 'utf8'))) return [];
  return [`note: ${command.at(-1)} does not seem to read $PORT; let it, or pass "\${PORT}" in runtime.command`];
}

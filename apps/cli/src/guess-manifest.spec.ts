import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manifest } from '@signalbox/domain';
import { parse } from 'yaml';
import { guessManifest } from './guess-manifest.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signalbox-guess-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reading = 'listen(process.env.PORT)';

/** What is guessed for a directory of these files; it must be a manifest that Signalbox takes. */
function guess(files: Record<string, string>, directory = 'My Shop') {
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, directory, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const { text, notes } = guessManifest(join(folder, directory));
  const { name, build, runtime } = manifest.parse(parse(text));
  return { name, steps: build?.steps?.map((step) => step.run.join(' ')), command: runtime.command.join(' '), notes };
}

const aPackage = (more: object) => JSON.stringify({ name: 'shop', ...more });

describe('a Node application', () => {
  it('is built, tested and started as its package says', () => {
    const scripts = { build: 'tsc', test: 'node --test', start: 'node --enable-source-maps dist/server.js' };
    const found = guess({
      'package.json': aPackage({ name: '@acme/Web Shop', scripts }),
      'package-lock.json': '{}',
      'dist/server.js': reading,
    });
    expect(found).toEqual({
      name: 'web-shop',
      steps: ['npm ci', 'npm run build', 'npm test'],
      command: 'node --enable-source-maps dist/server.js',
      notes: [],
    });
  });

  it('without a lock is installed, without anything to do is checked', () => {
    const withPackages = guess({ 'package.json': aPackage({ dependencies: { a: '1' } }), 'index.js': reading });
    expect(withPackages.steps).toEqual(['npm install']);
    const plain = guess({ 'package.json': aPackage({}), 'server.js': reading }, 'plain');
    expect(plain).toMatchObject({ steps: ['node --check server.js'], command: 'node server.js' });
  });

  it('does not run the test that npm init leaves behind', () => {
    const scripts = { test: 'echo "Error: no test specified" && exit 1', build: 'make' };
    expect(guess({ 'package.json': aPackage({ scripts }), 'index.js': reading }).steps).toEqual(['npm run build']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['its main', { 'lib/main.js': reading, 'server.js': reading }, 'node lib/main.js'],
    ['a usual name', { 'src/server.js': reading }, 'node src/server.js'],
    ['npm, when nothing else is known', {}, 'npm start'],
  ])('is started by %s', (_what, files, command) => {
    const more = { main: 'lib/main.js', scripts: { start: 'NODE_ENV=production node .' } };
    expect(guess({ 'package.json': aPackage(more), ...files }).command).toBe(command);
  });

  it('keeps words that YAML would read as something else', () => {
    const scripts = { start: 'node server.js 8080 true 1e3 .5' };
    const found = guess({ 'package.json': aPackage({ name: 'true', scripts }), 'server.js': reading });
    expect(found).toMatchObject({ name: 'true', command: 'node server.js 8080 true 1e3 .5' });
  });

  it.each([
    ['process.env.PORT', 0],
    ["process.env['PORT']", 0],
    ['const { PORT = 80, HOST } = process.env;', 0],
    ['const PORT = 3000; const { HOST } = process.env;', 1],
    ['listen(3000)', 1],
  ])('that says %s is told of $PORT %d times', (program, times) => {
    expect(guess({ 'package.json': aPackage({}), 'server.js': program }).notes).toHaveLength(times);
  });

  it('whose package.json is broken says so', () => {
    expect(() => guess({ 'package.json': '{' })).toThrow('package.json cannot be read');
  });
});

describe('a Python application', () => {
  it('is tested when it has tests, else compiled', () => {
    const program = "port = int(os.environ['PORT'])";
    expect(guess({ 'app.py': program, 'test_app.py': '' }, 'shop')).toEqual({
      name: 'shop',
      steps: ['python3 -m unittest'],
      command: 'python3 app.py',
      notes: [],
    });
    expect(guess({ 'serve.py': 'port = 80' }, 'other')).toMatchObject({
      steps: ['python3 -m py_compile serve.py'],
      notes: [expect.stringContaining('serve.py')],
    });
  });
});

describe('a name', () => {
  it.each([
    ['1st Shop!', 'st-shop'],
    ['x', 'application'],
    ['---', 'application'],
    [`${'a'.repeat(49)} b`, 'a'.repeat(49)],
  ])('of a folder %j is %s', (directory, name) => {
    expect(guess({ 'app.py': 'environ' }, directory).name).toBe(name);
  });
});

it('a folder inside a repository is told to be the place of its application', () => {
  writeFileSync(join(folder, 'app.py'), 'environ');
  const { repository } = manifest.parse(parse(guessManifest(folder, 'services/api').text));
  expect(repository).toEqual({ path: 'services/api' });
  expect(manifest.parse(parse(guessManifest(folder).text)).repository).toBeUndefined();
});

it('a folder that holds neither says what to do', () => {
  expect(() => guess({ 'README.md': '' })).toThrow('neither package.json nor a Python file');
});

// The steps of the Dockerfile without Docker: node deploy/docker/assemble.mjs FOLDER APP …
// FOLDER/build gets what the build stage has, FOLDER/images/APP what the image has in /signalbox.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { imageApps } from '../../tools/build/image-apps.mjs';

const root = join(import.meta.dirname, '..', '..');
const [folder, ...apps] = process.argv.slice(2);
if (!folder || apps.length === 0) refuse('which folder and which apps?');
const unknown = apps.filter((app) => !imageApps().includes(app));
if (unknown.length > 0) refuse(`there is no app ${unknown.join(', ')}`);
if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0))
  refuse(`${folder} is no empty folder`);
const stage = resolve(folder, 'build');
const instructions = readFileSync(join(import.meta.dirname, 'Dockerfile'), 'utf8');
const [, build = ''] = /^FROM \S+ AS build\n([^]*?)^FROM /m.exec(instructions) ?? [];
const [, files = ''] = /^FROM build AS files\n([^]*?)^FROM /m.exec(instructions) ?? [];

mkdirSync(stage, { recursive: true });
for (const line of build.split('\n').filter((each) => each.startsWith('COPY '))) {
  for (const name of line.split(' ').slice(1, -1)) copy(name);
}
run(commandOf(build), {});
for (const app of apps) {
  const image = resolve(folder, 'images', app);
  run(commandOf(files).replace(/ \/image$/, ` ${image}`), { APP: app });
  process.stdout.write(`${app}: ${image}\n`);
}

function refuse(why) {
  const usage = 'node deploy/docker/assemble.mjs FOLDER APP …, with a FOLDER that is empty or not there';
  process.stderr.write(`error: ${why}\nfix: ${usage}, and each APP one of ${imageApps().join(', ')}\n`);
  process.exit(2);
}

/** What `.dockerignore` lets through of it. */
function copy(name) {
  const allowed = readFileSync(join(import.meta.dirname, 'Dockerfile.dockerignore'), 'utf8').split('\n');
  if (!allowed.includes(`!${name}`))
    throw new Error(`the Dockerfile copies ${name}, which its .dockerignore leaves out`);
  cpSync(join(root, name), join(stage, name), {
    recursive: true,
    filter: (path) => !/\/(node_modules|dist)$/.test(path),
  });
}

function commandOf(stageText) {
  const [, command] = /^RUN (.+)$/m.exec(stageText) ?? [];
  if (!command) throw new Error('the Dockerfile has changed its form');
  return command;
}

function run(command, variables) {
  const { status } = spawnSync('sh', ['-ec', command], {
    cwd: stage,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...variables },
  });
  if (status !== 0) process.exit(status ?? 1);
}

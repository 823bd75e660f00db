import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './checkout.mjs';

const server = `require('node:http')
  .createServer((request, response) => response.end(process.env.VERSION))
  .listen(process.env.PORT);
`;
/** A build that outlives the installation. */
const slow = `setTimeout(() => {}, 10_000);
`;

/** One application for each state in which a release can be found; whatever is not named here is as short as it can be. */
export const applications = {
  done: {},
  failed: { build: 'node, -e, "process.exit(1)"' },
  back: {},
  frozen: {},
  asked: { production: 'approvals: [{ team: leads, required: 1 }]' },
  canary: { production: 'strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }] } }' },
  watched: { production: 'watch: { bake: 25s }' },
  held: {},
  parked: {},
  late: {},
  building: { build: 'node, slow.js' },
  unsent: {},
};

/** Repositories of applications, each of a few lines. */
export class Repositories {
  constructor(folder) {
    this.folder = folder;
  }

  at(name) {
    return join(this.folder, name);
  }

  async create(name) {
    await mkdir(this.at(name), { recursive: true });
    await this.#git(name, 'init', '--quiet', '--initial-branch=main');
    await this.#write(name, { 'server.js': server, 'slow.js': slow, 'signalbox.yaml': this.manifest(name) });
    await this.change(name, 'feat: first version');
  }

  async change(name, message) {
    const author = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com'];
    await this.#write(name, { 'changes.txt': `${message}\n` });
    await this.#git(name, 'add', '--all');
    await this.#git(name, ...author, 'commit', '--quiet', '-m', message);
  }

  /** The whole history in one file. */
  async bundle(name) {
    const file = join(this.folder, `${name}.bundle`);
    await this.#git(name, 'bundle', 'create', '--quiet', file, '--all');
    return file;
  }

  manifest(name) {
    const { build = 'node, --check, server.js', production = '' } = applications[name];
    const given = /strategy|watch/.exec(production)?.[0];
    const strategy = given === 'strategy' ? '' : '    strategy: recreate\n';
    const watch = given === 'watch' ? '' : '    watch: { bake: 0s }\n';
    return `apiVersion: signalbox/v1
name: ${name}
build: { steps: [{ run: [${build}] }] }
runtime: { command: [node, server.js], stopTimeout: 1s }
environments:
  staging: {}
  production:
${strategy}${watch}${production && `    ${production}\n`}`;
  }

  async #write(name, files) {
    for (const [path, text] of Object.entries(files)) await writeFile(join(this.at(name), path), text);
  }

  #git(name, ...args) {
    return run('git', args, { cwd: this.at(name) });
  }
}

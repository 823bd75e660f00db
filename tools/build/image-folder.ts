import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';

/** What docker-compose.yml says of a container, as far as it matters inside. */
interface Container {
  build?: { args: { APP: string } };
  command?: string[];
  environment?: Record<string, string>;
}

export interface Contained {
  /** All of its output until now. */
  printed(): string;
  isOver(): boolean;
  /** With its exit code, when its output has been read too. */
  readonly ended: Promise<number | null>;
  /** Tells it to end. */
  end(): void;
}

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const docker = join(root, 'deploy', 'docker');
/** As root, what an image holds is run as a user who owns nothing of it, as in a container. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Container>;
};
const [, usualCommand = '[]'] = /^CMD (.+)$/m.exec(readFileSync(join(docker, 'Dockerfile'), 'utf8')) ?? [];

/** Containers whose image is made here, by name, with the app that is in it. */
export const appsByContainer: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(services).flatMap(([name, { build }]) => (build ? [[name, build.args.APP]] : [])),
);

/**
 * What images hold, each laid out in an empty folder, and programs that run from there with the variables and secrets of
 * docker-compose.yml, whose paths lead into this folder.
 */
export class ImageFolder {
  private readonly folder = mkdtempSync(join(tmpdir(), 'signalbox-image-'));
  private readonly laidOut = new Map<string, Promise<unknown>>();

  constructor() {
    // The checkout, and Node in it, may be closed to others.
    copyFileSync(process.execPath, join(this.folder, 'node'));
    copyFileSync(join(docker, 'secrets.mjs'), join(this.folder, 'secrets.mjs'));
    execFileSync(process.execPath, [join(this.folder, 'secrets.mjs')]);
    for (const open of [this.folder, join(this.folder, 'secrets')]) chmodSync(open, 0o755);
    mkdirSync(join(this.folder, 'configs'));
    writeFileSync(this.at('configs', 'migrate.json'), this.here(readFileSync(join(docker, 'migrate.json'), 'utf8')));
  }

  at(...path: string[]): string {
    return join(this.folder, ...path);
  }

  /** By the step of the Dockerfile, once for each app. */
  async layOut(app: string): Promise<void> {
    const step = join(root, 'tools', 'build', 'image-files.mjs');
    const made = this.laidOut.get(app) ?? run(process.execPath, [step, app, this.at('images', app)], { cwd: root });
    this.laidOut.set(app, made);
    await made;
  }

  filesOf(app: string): string[] {
    return readdirSync(this.at('images', app), { recursive: true }).map(String).sort();
  }

  /** Starts what is in the container. @param instead variables in place of some of docker-compose.yml */
  start(container: string, instead: Record<string, string>, ...args: string[]): Contained {
    const { command = JSON.parse(usualCommand) as string[], environment = {} } = services[container] ?? {};
    const data = this.at('data', container);
    mkdirSync(data, { recursive: true });
    if (nobody) chownSync(data, nobody.uid, nobody.gid);
    const own = Object.entries(environment).map(([key, value]) => [
      key,
      this.here(value).replaceAll('/var/lib/signalbox', data),
    ]);
    const child = spawn(this.at('node'), [...command.slice(1), ...args], {
      cwd: this.at('images', appsByContainer[container] ?? ''),
      env: { NODE_ENV: 'production', PATH: '/usr/bin:/bin', ...Object.fromEntries(own), ...instead },
      ...nobody,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return {
      printed: () => printed,
      isOver: () => child.exitCode !== null || child.signalCode !== null,
      ended,
      end: () => void child.kill('SIGTERM'),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Compose's own defaults, and paths in this folder. */
  private here(text: string): string {
    return text
      .replace(/^\$\{\w+:-(.*)\}$/, '$1')
      .replaceAll('/run/secrets', this.at('secrets'))
      .replaceAll('/run/signalbox', this.at('configs'));
  }
}

import { join } from 'node:path';
import { buildOf } from './build.js';
import { killedAfter, SupervisedChild } from './child.js';
import type { ChildOptions } from './child.js';
import { leftoversOf } from './leftovers.js';
import type { Leftover } from './leftovers.js';
import { hungInWords } from './liveness.js';

/** What is told of a process that is to run: which application it is, and where it answers as ready. */
export interface Post extends Pick<ChildOptions, 'name' | 'variables' | 'outlives' | 'onStarted'> {
  script: string;
  ports: number[];
  /** Of Node. */
  flags?: readonly string[];
}

/** Megabytes for each half of the new objects, in place of 16: a service that idles would fill both (ADR 12). */
export const serviceFlags = ['--max-semi-space-size=4'];

const mark = 'SIGNALBOX_INSTALLATION';

/** Our own processes of one installation, the oldest first. */
export class Crew {
  private readonly children: SupervisedChild[] = [];

  constructor(
    private readonly root: string,
    private readonly folder: string,
    private readonly say: (line: string) => void,
  ) {}

  /** Of an earlier supervisor, which was killed. */
  leftovers(): Promise<Leftover[]> {
    return leftoversOf(`${mark}=${this.folder}`);
  }

  /** Tells an operator, and us, which installation a process belongs to. */
  get marks(): Record<string, string> {
    return { [mark]: this.folder };
  }

  /** @returns the process, not yet started */
  add({ script, ports, flags = [], ...post }: Post): SupervisedChild {
    const child = new SupervisedChild({
      ...post,
      variables: { ...post.variables, ...this.marks },
      build: () => ({ ...buildOf(this.root) }),
      command: [process.execPath, ...flags, join(this.root, 'apps', script, 'dist', 'bundle', 'main.js')],
      logFile: join(this.folder, 'logs', `${post.name}.log`),
      readyUrls: ports.map((port) => `http://127.0.0.1:${port}/health/ready`),
      saysReady: ports.length === 0,
      // Users hang on what outlives us: the router serves them also while its control does not answer.
      ...(!post.outlives && ports[0] !== undefined && { liveUrl: `http://127.0.0.1:${ports[0]}/health/live` }),
      onDeath: (dead, how) => this.say(`${dead.name} died (${how}); starting it again`),
      onHung: (hung) => this.say(`${hung.name} ${hungInWords}`),
      onKilled: (killed, graceMs) => this.say(`${killed.name} ${killedAfter(graceMs)}`),
    });
    this.children.push(child);
    return child;
  }

  remove(child: SupervisedChild): void {
    this.children.splice(this.children.indexOf(child), 1);
  }

  get all(): readonly SupervisedChild[] {
    return this.children;
  }

  async ready(withinMs: number): Promise<void> {
    await Promise.all(this.children.map((child) => child.ready(withinMs)));
  }

  /** What still ends is killed. */
  hurry(): void {
    for (const child of this.children) child.hurry();
  }
}

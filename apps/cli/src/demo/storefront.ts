import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { TrafficMix } from '../traffic.js';
import { author } from './people.js';

interface Maker {
  makeRepository(options: { directory: string; author: { name: string; email: string } }): Promise<unknown>;
  commitVersion(directory: string, version: string): Promise<unknown>;
}

/** The example application as a git repository of its own, which grows a version at a time. */
export class Storefront {
  private constructor(
    readonly name: string,
    readonly directory: string,
    private readonly maker: Maker,
    private readonly example: string,
  ) {}

  /** A fresh repository; the application's name is the first free of storefront, storefront-2, … */
  static async make(
    example: string,
    folder: string,
    taken: ReadonlySet<string>,
    pace: { interval: string; bake: string },
  ): Promise<Storefront> {
    let name = 'storefront';
    for (let number = 2; taken.has(name) || existsSync(join(folder, name)); number += 1) name = `storefront-${number}`;
    const directory = join(folder, name);
    await mkdir(folder, { recursive: true });
    const maker = (await import(pathToFileURL(join(example, 'make-repository.mjs')).href)) as Maker;
    await maker.makeRepository({ directory, author });
    const storefront = new Storefront(name, directory, maker, example);
    await storefront.setPace(pace);
    return storefront;
  }

  commit(version: string): Promise<unknown> {
    return this.maker.commitVersion(this.directory, version);
  }

  traffic(): TrafficMix[] {
    return JSON.parse(readFileSync(join(this.example, 'traffic.json'), 'utf8')) as TrafficMix[];
  }

  manifestText(): string {
    return readFileSync(join(this.directory, 'signalbox.yaml'), 'utf8');
  }

  /** Name, interval and bake time of this run; where they differ from the example's it is one more commit. */
  private async setPace({ interval, bake }: { interval: string; bake: string }): Promise<void> {
    const file = join(this.directory, 'signalbox.yaml');
    const text = readFileSync(file, 'utf8');
    const paced = text
      .replace(/^name: .*$/m, `name: ${this.name}`)
      .replace(/interval: \w+/, `interval: ${interval}`)
      .replace(/bake: \w+/, `bake: ${bake}`);
    if (paced === text) return;
    writeFileSync(file, paced);
    await execa('git', ['commit', '--quiet', '-am', 'chore: pace of the demo'], { cwd: this.directory });
  }
}

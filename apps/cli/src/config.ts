import { join } from 'node:path';
import { isSamePlace, readCliFile, saveCliFile, startOf, withContext, withoutSlash } from './cli-file.js';
import type { CliFile } from './cli-file.js';
import { Failure } from './failure.js';

export interface Access {
  url: string;
  key: string;
  /** Who said the key, for people: a variable, or a context of a file. */
  keyFrom?: KeyFrom;
  /** The command that starts what is at `url`, where that is the installation of the file. */
  start?: string;
}

export type KeyFrom = { variable: string } | { context: string; file: string };

/** The only reader of the environment: `SIGNALBOX_URL` and `SIGNALBOX_KEY` win over the file of the installation. */
export class CliConfig {
  readonly file: string;

  constructor(
    private readonly variables: NodeJS.ProcessEnv,
    checkout: string,
  ) {
    const state = variables['SIGNALBOX_STATE'] || join(checkout, '.signalbox');
    this.file = variables['SIGNALBOX_CLI_FILE'] ?? join(state, 'cli.json');
  }

  /** @throws Failure when nobody has said where the gateway is, or the context is not known */
  access(context: string | undefined): Access {
    const { url } = this;
    const key = this.variables['SIGNALBOX_KEY'];
    if (key && context === undefined) {
      const there = url || withoutSlash(this.read().url);
      return { url: there, key, keyFrom: { variable: 'SIGNALBOX_KEY' }, ...startOf(this.file, there) };
    }
    const file = this.read();
    const name = context ?? file.current;
    const found = file.contexts[name];
    if (!found) {
      throw new Failure(2, `there is no context ${name}`, { fix: `one of ${Object.keys(file.contexts).join(', ')}` });
    }
    const its = withoutSlash(found.url ?? file.url);
    // A key goes to nobody but those who gave it.
    if (url && !isSamePlace(url, its)) {
      throw new Failure(2, `the key of ${name} is of ${its}, not of ${url}`, { fix: 'set SIGNALBOX_KEY too' });
    }
    return { url: its, key: found.key, keyFrom: { context: name, file: this.file }, ...startOf(this.file, its) };
  }

  read(): CliFile {
    return readCliFile(this.file);
  }

  save(change: (file: CliFile) => CliFile): void {
    saveCliFile(this.file, change, this.url);
  }

  /** A key for the gateway at `SIGNALBOX_URL`, or for the installation here. */
  add(name: string, key: string): void {
    this.save((file) => withContext(file, name, key, this.url));
  }

  private get url(): string | undefined {
    const given = this.variables['SIGNALBOX_URL'];
    return given && withoutSlash(given);
  }

  /** The demo's settings, so that tests can run it faster than people would watch it. */
  demo(): { rps: number; interval: string; bake: string } {
    return {
      rps: Number(this.variables['DEMO_RPS'] ?? 100),
      interval: this.variables['DEMO_INTERVAL'] ?? '2s',
      bake: this.variables['DEMO_BAKE'] ?? '5s',
    };
  }
}

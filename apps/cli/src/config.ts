import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isSamePlace } from './cli-file.js';
import type { CliFile } from './cli-file.js';
import { Failure } from './failure.js';

export interface Access {
  url: string;
  key: string;
}

/** The only reader of the environment: `SIGNALBOX_URL` and `SIGNALBOX_KEY` win over the file of the installation. */
export class CliConfig {
  readonly file: string;

  constructor(
    private readonly variables: NodeJS.ProcessEnv,
    checkout: string,
  ) {
    const state = variables['SIGNALBOX_STATE'] ?? join(checkout, '.signalbox');
    this.file = variables['SIGNALBOX_CLI_FILE'] ?? join(state, 'cli.json');
  }

  /** @throws Failure when nobody has said where the gateway is, or the context is not known */
  access(context: string | undefined): Access {
    const url = this.variables['SIGNALBOX_URL'];
    const key = this.variables['SIGNALBOX_KEY'];
    if (key && context === undefined) return { url: url || this.read().url, key };
    const file = this.read();
    const name = context ?? file.current;
    const found = file.contexts[name];
    if (!found) {
      throw new Failure(2, `there is no context ${name}`, { fix: `one of ${Object.keys(file.contexts).join(', ')}` });
    }
    // A key goes to nobody but those who gave it.
    if (url && !isSamePlace(url, file.url)) {
      throw new Failure(2, `the keys known here are of ${file.url}, not of ${url}`, { fix: 'set SIGNALBOX_KEY too' });
    }
    return { url: file.url, key: found.key };
  }

  read(): CliFile {
    if (!existsSync(this.file)) {
      throw new Failure(2, 'no Signalbox is known here', {
        fix: 'npm start in the checkout, or set SIGNALBOX_URL and SIGNALBOX_KEY',
      });
    }
    return JSON.parse(readFileSync(this.file, 'utf8')) as CliFile;
  }

  save(change: (file: CliFile) => CliFile): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const changed = change(this.readOrBegin());
    writeFileSync(`${this.file}.new`, `${JSON.stringify(changed, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }

  /** Where there is no installation, of the gateway at `SIGNALBOX_URL`. */
  private readOrBegin(): CliFile {
    const url = this.variables['SIGNALBOX_URL'];
    return existsSync(this.file) || !url ? this.read() : { url, current: '', contexts: {} };
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

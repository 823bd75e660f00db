import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.js';

export interface Context {
  key: string;
}

/** `.signalbox/cli.json` of the checkout: written by the first start, one context per principal. */
export interface CliFile {
  url: string;
  current: string;
  contexts: Record<string, Context>;
}

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
    if (url && key && context === undefined) return { url, key };
    const file = this.read();
    const name = context ?? file.current;
    const found = file.contexts[name];
    if (!found) {
      throw new Failure(2, `there is no context ${name}`, { fix: `one of ${Object.keys(file.contexts).join(', ')}` });
    }
    return { url: url ?? file.url, key: found.key };
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
    writeFileSync(`${this.file}.new`, `${JSON.stringify(change(this.read()), undefined, 2)}\n`, { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
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

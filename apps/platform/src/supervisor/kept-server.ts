import { pause } from './child.js';

export interface Server {
  isRunning(): boolean;
  stop(): Promise<void>;
}

const lookEveryMs = 500;
const firstBackoffMs = 500;
const lastBackoffMs = 10_000;

/** A database or broker that is started again when it dies, until it is told to stop. */
export class KeptServer<S extends Server> {
  private server: S | undefined;
  private starting: Promise<S> | undefined;
  private isStopping = false;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly name: string,
    private readonly launch: () => Promise<S>,
    private readonly say: (line: string) => void,
  ) {}

  /** The first start: what goes wrong is the caller's to tell. */
  async start(): Promise<S> {
    const server = await this.launchOne();
    this.keeping = this.keep();
    return server;
  }

  /** Also stops a start that is under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.starting?.catch((error: unknown) => this.say(`${this.name} did not start: ${String(error)}`));
    await this.server?.stop();
    await this.keeping;
  }

  private async launchOne(): Promise<S> {
    this.starting = this.launch();
    this.server = await this.starting;
    return this.server;
  }

  private async keep(): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (!this.isStopping) {
      await pause(lookEveryMs);
      if (this.isStopping || this.server?.isRunning()) continue;
      this.say(`${this.name} died; starting it again`);
      try {
        await this.launchOne();
        backoffMs = firstBackoffMs;
      } catch (error) {
        this.say(`${this.name} does not start: ${error instanceof Error ? error.message : String(error)}`);
        await pause(backoffMs);
        backoffMs = Math.min(lastBackoffMs, backoffMs * 2);
      }
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import {
  type DeploymentDesired,
  type DeploymentFailure,
  type DeploymentFailureCode,
  substitute,
  UnknownNameError,
} from '@signalbox/domain';
import { isFull } from '../data/full.js';
import type { Endpoint } from '../router/target.js';
import { backoffMs } from './backoff.js';
import { Child } from './child.js';
import { type ChildRecord, DEPLOYMENT_VARIABLE, INSTANCE_VARIABLE } from './leftovers.js';
import type { Output } from './output.js';
import { freePort } from './ports.js';
import { untilReady } from './readiness.js';

const STABLE_AFTER_MS = 10_000;
const LAST_LINES = 10;

export interface ReplicaContext {
  desired: DeploymentDesired;
  instanceId: string;
  directory: string;
  baseEnvironment: Record<string, string>;
  output: Output;
  children: ChildRecord;
  changed: () => void;
}

/** One process of a deployment, started again whenever it ends. */
export class Replica {
  /** Present while it is ready. */
  endpoint: Endpoint | undefined;
  /** How often it has ended by itself after it had been ready. */
  exits = 0;
  restarts = 0;
  failure: DeploymentFailure | undefined;
  /** The newest start came to nothing. */
  startFailed = false;
  private child: Child | undefined;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;

  constructor(private readonly context: ReplicaContext) {
    this.finished = this.keepRunning();
  }

  /** The caller has taken it out of rotation. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.child?.stop(this.context.desired.stopTimeoutMs);
    await this.finished;
  }

  private async keepRunning(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      const startedAt = performance.now();
      const wasReady = await this.runOnce().catch((error: unknown) => this.fail(...startError(error)));
      if (this.stopping.signal.aborted) return;
      failures = wasReady && performance.now() - startedAt > STABLE_AFTER_MS ? 1 : failures + 1;
      this.context.changed();
      await delay(backoffMs(failures), undefined, { signal: this.stopping.signal }).catch(() => undefined);
      this.restarts += 1;
    }
  }

  /** Starts it and returns when it has ended: whether it had been ready. */
  private async runOnce(): Promise<boolean> {
    const { desired, output, children, changed } = this.context;
    const port = await freePort();
    const launch = this.launch(port);
    if (this.stopping.signal.aborted) return false;
    const child = new Child(launch, output);
    this.child = child;
    const { identity } = child;
    try {
      if (identity) children.add(identity, desired.deploymentId);
      const readiness = await untilReady(child, { ...desired, port });
      if (!readiness.ready) {
        this.fail(readiness.code, readiness.message);
        await child.stop(desired.stopTimeoutMs);
        return false;
      }
      this.endpoint = { host: readiness.host, port, inFlight: 0 };
      this.failure = undefined;
      this.startFailed = false;
      changed();
      const { message } = await child.ended;
      this.endpoint = undefined;
      if (!this.stopping.signal.aborted) this.exits += 1;
      this.failure = this.describe('exited', message);
      return true;
    } finally {
      // a process that could not be recorded must not stay
      if (!child.hasEnded) await child.stop(0);
      if (identity) children.remove(identity.pid);
    }
  }

  private launch(port: number) {
    const { desired, directory, baseEnvironment, instanceId } = this.context;
    const known = { ...desired.config, PORT: String(port), VERSION: desired.version };
    return {
      command: desired.command.map((argument) => substitute(argument, known)),
      directory,
      environment: {
        ...baseEnvironment,
        HOME: directory,
        ...desired.config,
        ...desired.secrets,
        PORT: known.PORT,
        VERSION: known.VERSION,
        [DEPLOYMENT_VARIABLE]: desired.deploymentId,
        [INSTANCE_VARIABLE]: instanceId,
      },
    };
  }

  private fail(code: DeploymentFailureCode, message: string): false {
    this.failure = this.describe(code, message);
    this.startFailed = true;
    this.context.changed();
    return false;
  }

  private describe(code: DeploymentFailureCode, message: string): DeploymentFailure {
    return { code, message, lastLines: this.context.output.lastLines(LAST_LINES) };
  }
}

function startError(error: unknown): [DeploymentFailureCode, string] {
  if (error instanceof UnknownNameError) return ['not_started', `command: ${error.message}`];
  // Node's own message would show the value, which may be a secret.
  if ((error as NodeJS.ErrnoException).code === 'ERR_INVALID_ARG_VALUE')
    return ['not_started', 'an argument or a variable holds a NUL character'];
  if (isFull(error)) return ['disk_full', `disk full (${error.code})`];
  return ['not_started', error instanceof Error ? error.message : String(error)];
}

import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';

/** Runs git in one folder. Resolves to what it printed; rejects with GitError. */
export type Git = (...args: string[]) => Promise<string>;

/** Beside these two how the machine reaches repositories: proxies, certificates, ssh. */
export type GitEnvironment = Readonly<Record<string, string> & { PATH: string; HOME: string }>;

/** Of one command as a whole, a first clone too. */
const gitTimeoutMs = 120_000;

/** In git's own words. */
export class GitError extends Error {
  constructor(
    message: string,
    /** Undefined when git gave no answer in time. */
    readonly exitCode: number | undefined,
  ) {
    super(message);
  }
}

/** Starts git with nothing of ours in its environment but what it needs. */
export class GitProgram {
  private configured: Promise<string> | undefined;

  constructor(
    /** Keeps the configuration. */
    private readonly directory: string,
    private readonly environment: GitEnvironment,
    /** As git takes them: `https:ssh`. */
    private readonly protocols: string,
  ) {}

  async in(folder: string): Promise<Git> {
    this.configured ??= this.configure();
    const env = {
      ...this.environment,
      GIT_ALLOW_PROTOCOL: this.protocols,
      GIT_CONFIG_GLOBAL: await this.configured,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    };
    const limits = { timeout: gitTimeoutMs, stripFinalNewline: false };
    return async (...args) => {
      try {
        // Clean-up would end this process at signals that Node ignores, as SIGXFSZ (a file over its size limit).
        return (await execa('git', args, { cwd: folder, env, extendEnv: false, cleanup: false, ...limits })).stdout;
      } catch (error) {
        // No cause: its message holds all that git has printed.
        throw error instanceof ExecaError ? new GitError(complaintOf(error), error.exitCode) : error;
      }
    };
  }

  /** A repository owned by another user is read all the same: upload-pack only looks into the global file. */
  private async configure(): Promise<string> {
    const config = join(this.directory, 'gitconfig');
    const fresh = `${config}.${randomUUID()}`;
    await mkdir(this.directory, { recursive: true });
    await writeFile(fresh, '[safe]\n\tdirectory = *\n');
    await rename(fresh, config);
    return config;
  }
}

/** Undefined where git answers that there is none; what it cannot tell is thrown. */
export async function unlessNone(asked: Promise<string>): Promise<string | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof GitError && error.exitCode !== undefined) return undefined;
    throw error;
  }
}

const complaint = /^(?:(?:fatal|error): | ! )/;

/** The line of git's that says why. */
function complaintOf({ stderr, shortMessage, timedOut }: ExecaError): string {
  if (timedOut) return `git took longer than ${gitTimeoutMs / 1_000}s`;
  const lines = [...String(stderr ?? '').split('\n'), ...shortMessage.split('\n')].filter((line) => line !== '');
  const reason = lines.find((line) => complaint.test(line)) ?? lines[0] ?? 'git failed';
  return reason.replace(complaint, '');
}

import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from './installation.js';
import type { Installation } from './installation.js';

export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

const script = join(root, 'apps', 'cli', 'bin', 'signalbox.mjs');

/** The command line as a user runs it; the result holds what was printed. */
export function signalbox(installation: Installation, args: readonly string[], input = ''): Promise<CliResult> {
  const child = begun(installation, args);
  const result = { code: 0, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (result.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (result.stderr += String(chunk)));
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...result, code: code ?? 1 })));
}

/** A command that goes on until it is ended: its lines so far. */
export function following(
  installation: Installation,
  args: readonly string[],
): { lines: string[]; end(): Promise<void> } {
  const child = begun(installation, args);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => lines.push(String(chunk)));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    lines,
    async end() {
      child.kill('SIGINT');
      await exited;
    },
  };
}

function begun(installation: Installation, args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, SIGNALBOX_CLI_FILE: join(installation.state, 'cli.json') };
  return spawn(process.execPath, [script, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** A command, and what it printed as JSON. */
export async function signalboxJson<T>(installation: Installation, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await signalbox(installation, ['--json', ...args]);
  if (code !== 0) throw new Error(`signalbox ${args.join(' ')} exited ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure } from './failure.js';

export interface Context {
  key: string;
  /** Of another installation than the file's. */
  url?: string;
}

/** `.signalbox/cli.json` of the checkout: written by the first start, one context per principal. */
export interface CliFile {
  url: string;
  /** The command that starts it in the checkout; a file of an earlier build does not say it. */
  start?: string;
  current: string;
  contexts: Record<string, Context>;
}

/** Paths are put behind it, and begin with one. */
export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** `localhost` and the loopback address are one. */
export function isSamePlace(one: string, other: string): boolean {
  const place = (text: string): string => {
    const { protocol, hostname, port } = new URL(text);
    return [protocol, /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) ? 'here' : hostname, port].join(' ');
  };
  return URL.canParse(one) && URL.canParse(other) && place(one) === place(other);
}

/** Where nothing listens at its address. @param start the command that starts it, as far as that is known */
export function startFix(start = 'npm start'): string {
  return `${start} in the checkout`;
}

/** What is known of how the gateway at `url` is started: where it is that of the file. */
export function startOf(path: string, url: string): Pick<CliFile, 'start'> {
  const { start, url: own }: Partial<CliFile> = existsSync(path) ? readCliFile(path) : {};
  return start !== undefined && own !== undefined && isSamePlace(url, own) ? { start } : {};
}

/** @throws Failure when there is none */
export function readCliFile(path: string): CliFile {
  if (!existsSync(path)) {
    throw new Failure(2, 'no Signalbox is known here', {
      fix: `${startFix()}, or set SIGNALBOX_URL and SIGNALBOX_KEY`,
    });
  }
  return JSON.parse(readFileSync(path, 'utf8')) as CliFile;
}

/** @param url where there is no installation: of the gateway whose file it becomes */
export function saveCliFile(path: string, change: (file: CliFile) => CliFile, url: string | undefined): void {
  const known = existsSync(path) || !url ? readCliFile(path) : { url, current: '', contexts: {} };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(change(known), undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function withContext(file: CliFile, name: string, key: string, url: string | undefined): CliFile {
  const context = { key, ...(url && !isSamePlace(url, file.url) && { url }) };
  return { ...file, current: file.current || name, contexts: { ...file.contexts, [name]: context } };
}

import type { LaunchOptions } from './config.js';

interface SavedContexts {
  current: string;
  contexts: Record<string, { key: string }>;
}

/** `cli.json`: where the CLI finds the gateway, and as whom. */
export interface CliFile extends SavedContexts {
  broker: string;
  /** The command that starts it: another one would start another installation, without its releases. */
  start: string;
  url: string;
  /** Each broker has principals of its own; these wait while the other one runs. */
  waiting: Record<string, SavedContexts>;
}

/** The file for a start on `broker`, and whether it is the first on that one. @param known the file as it was found, `{}` where there is none */
export function cliFileFor(
  known: Partial<CliFile>,
  { broker, start, url, adminKey }: { broker: string; start: string; url: string; adminKey: string },
): { file: CliFile; isFirst: boolean } {
  const { current = 'admin', contexts = {}, waiting = {} } = known;
  const all = { ...waiting, ...(known.broker !== undefined && { [known.broker]: { current, contexts } }) };
  const { [broker]: own, ...others } = all;
  const file = {
    broker,
    start,
    url,
    current: own?.current ?? 'admin',
    contexts: { ...own?.contexts, admin: { key: adminKey } },
    waiting: others,
  };
  return { file, isFirst: own === undefined };
}

/** What people type in the checkout to have the same kind of installation again. */
export function startOf({ mode, kafka }: Pick<LaunchOptions, 'mode' | 'kafka'>): string {
  if (mode === 'cluster') return 'npm run cluster';
  return kafka ? 'npm start -- --kafka' : 'npm start';
}

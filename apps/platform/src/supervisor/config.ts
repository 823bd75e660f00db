/** How `npm start` and `npm run cluster` were asked to run. */
export interface LaunchOptions {
  mode: 'embedded' | 'cluster';
  kafka: boolean;
  demo: 'first' | 'only' | 'never';
  /** The checkout, and the state folder in it. */
  root: string;
  state: string;
  kafkaBrokers: string[] | undefined;
  path: string;
  /** When the user's command began, in milliseconds since 1970. */
  beganAt: number;
  /** What children may know of our environment: proxies, certificates, registries. */
  passedOn: Record<string, string>;
}

const passedOnNames =
  /^(HOME|LANG|LC_ALL|TZ|TMPDIR|HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|npm_config_(registry|proxy|https_proxy|cafile|userconfig)|NPM_CONFIG_[A-Z_]+|PIP_[A-Z_]+|GIT_SSL_CAINFO|DEMO_[A-Z_]+)$/;

export class UsageError extends Error {}

export function readLaunchOptions(args: readonly string[], variables: NodeJS.ProcessEnv, root: string): LaunchOptions {
  const known = new Set(['--kafka', '--demo-only', '--no-demo', '--cluster']);
  const unknown = args.find((arg) => !known.has(arg));
  if (unknown !== undefined) throw new UsageError(`unknown argument ${unknown}; there are ${[...known].join(', ')}`);
  const cluster = args.includes('--cluster');
  const kafka = cluster || args.includes('--kafka');
  const brokers = variables['KAFKA_BROKERS'];
  return {
    mode: cluster ? 'cluster' : 'embedded',
    kafka,
    demo: args.includes('--demo-only') ? 'only' : args.includes('--no-demo') ? 'never' : 'first',
    root,
    state: variables['SIGNALBOX_STATE'] ?? `${root}/.signalbox`,
    kafkaBrokers: brokers ? brokers.split(',') : undefined,
    path: withoutPackageBinaries(variables['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'),
    beganAt: Number(variables['SIGNALBOX_BEGAN'] ?? Date.now()),
    passedOn: Object.fromEntries(
      Object.entries(variables).filter(
        (entry): entry is [string, string] => passedOnNames.test(entry[0]) && entry[1] !== undefined,
      ),
    ),
  };
}

/** Steps and released applications must not find our own tools before the machine's. */
function withoutPackageBinaries(path: string): string {
  return path
    .split(':')
    .filter((folder) => !/node_modules\/\.bin\/?$|node-gyp-bin\/?$/.test(folder))
    .join(':');
}

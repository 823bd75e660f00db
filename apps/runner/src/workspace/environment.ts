import { delimiter, join } from 'node:path';
import { gitReach } from '@signalbox/domain';

const plain = ['LANG', 'LC_ALL', 'TZ'];
/** How this machine reaches registries: without these, `npm ci` fails where an operator has set them. */
const network = [
  /^(https?|no|all)_proxy$/i,
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/,
  /^npm_config_(userconfig|globalconfig|cafile|ca|strict_ssl|https?_proxy|proxy|noproxy)$/i,
  /^npm_config_(@[^:]+:)?registry$/i,
  /^npm_config_\/\/.+:_(auth|authToken)$/i,
  /^PIP_(INDEX_URL|EXTRA_INDEX_URL|CERT)$/,
];

/** All that build steps and suites see of the runner's environment. */
export function stepEnvironment(
  variables: NodeJS.ProcessEnv,
  folders: { workspace: string; npmCache: string },
): Record<string, string> {
  const kept = Object.entries(variables).filter(
    ([name, value]) => value !== undefined && (plain.includes(name) || network.some((pattern) => pattern.test(name))),
  );
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    PATH: pathOf(variables),
    HOME: join(folders.workspace, 'home'),
    TMPDIR: join(folders.workspace, 'tmp'),
    CI: 'true',
    npm_config_cache: folders.npmCache,
    npm_config_update_notifier: 'false',
  };
}

/** git reads repositories as the operator: with their HOME, for `.netrc`. */
export function gitEnvironment(variables: NodeJS.ProcessEnv): Record<string, string> {
  const { HOME } = variables;
  return {
    ...gitReach(variables),
    PATH: pathOf(variables),
    ...(HOME && { HOME }),
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  };
}

/** Programs that our own packages bring along are not the application's. */
function pathOf({ PATH = '/usr/local/bin:/usr/bin:/bin' }: NodeJS.ProcessEnv): string {
  return PATH.split(delimiter)
    .filter((folder) => !folder.replace(/\/$/, '').endsWith('node_modules/.bin'))
    .join(delimiter);
}

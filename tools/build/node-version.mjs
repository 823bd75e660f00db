/** What the bundles are made for (`target` of esbuild); undici alone would not load on anything older than 22.19. */
export const oldestNode = 24;

/**
 * What a program says to a Node that cannot run it, and how to start it instead; undefined where it can. Written into
 * the bundles as text: it knows nothing but its arguments.
 *
 * @param {{ version: string, oldest: number, own: string | undefined, args: readonly string[] }} of `own`: the
 *   project's own Node, where there is one; `args`: script and arguments
 * @returns {string | undefined}
 */
export function nodeTrouble({ version, oldest, own, args }) {
  if (Number(version.slice(1).split('.')[0]) >= oldest) return undefined;
  const fix = own === undefined ? `install Node ${oldest}` : [own, ...args].join(' ');
  return `error: Node ${oldest} or newer is needed, this is ${version}\nfix: ${fix}\n`;
}

/** The first statements of a bundle: what comes after them may fail with no more than a stack. Needs `require`. */
export const nodeCheck = `{
  ${nodeTrouble.toString()}
  const { fileURLToPath } = require('node:url');
  const own = fileURLToPath(new URL('../../../../node_modules/node/bin/node', import.meta.url));
  const trouble = nodeTrouble({
    version: process.version,
    oldest: ${oldestNode},
    own: require('node:fs').existsSync(own) ? own : undefined,
    args: process.argv.slice(1),
  });
  if (trouble) {
    process.stderr.write(trouble);
    process.exit(1);
  }
}`;

// Makes one file of a service with all its libraries: reading thousands of files costs more than the rest of its start
// (ADR 12). Run in the service's folder, after its `tsc -b`: node bundle.mjs [FILE], by default dist/bundle/main.js.
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'esbuild';
import { nodeCheck, oldestNode } from './node-version.mjs';

const [outfile = join(process.cwd(), 'dist', 'bundle', 'main.js')] = process.argv.slice(2);

/** Frameworks ask for packages that nobody here has, and go on without them: what cannot be resolved stays a question. */
const optional = {
  name: 'optional',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[@a-z]/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === optional) return undefined;
      const { importer, kind, resolveDir } = where;
      const found = await resolve(path, { importer, kind, resolveDir, pluginData: optional });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

await build({
  entryPoints: [join(process.cwd(), 'dist', 'main.js')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${oldestNode}`,
  // Nest finds providers by the names of their classes.
  keepNames: true,
  // A file with a single character beyond Latin-1, as comments have, is held with two bytes for each. What is written in
  // code is escaped.
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: 'external',
  // The Kafka adapter reaches into it by path: it must be one and the same.
  external: ['kafkajs'],
  banner: {
    js: `import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);\n${nodeCheck}`,
  },
  plugins: [optional],
  logLevel: 'warning',
});

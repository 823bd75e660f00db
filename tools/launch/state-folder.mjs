// Built-in modules only, as in prepare.mjs.
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';

/** A folder for each kind of broker. */
export const kinds = ['embedded', 'kafka'];
/** What a start writes, the CLI and its demo beside it, and Prometheus where docs/operations/README.md has it store its data. */
const ours = [...kinds, 'cli.json', 'cli.json.new', 'demo', 'prometheus'];
/** One of them is in a kind's folder from its first second; logs alone are a start that was cut short. */
const marks = ['supervisor.pid', 'secrets', 'postgres'];
const named = 5;

/** Empty is as good as absent, as of every variable. */
export function stateFolder(root) {
  return resolve(process.env.SIGNALBOX_STATE || join(root, '.signalbox'));
}

/** Why this folder may not be removed, in words that follow its name; undefined: it may, or it is not there. */
export function objectionTo(state, root) {
  if (!existsSync(state)) return undefined;
  if (isWithin(root, state)) return 'holds this checkout';
  if (!statSync(state).isDirectory()) return 'is no folder';
  const foreign = foreignIn(state);
  if (foreign.length === 0) return undefined;
  const more = foreign.length > named ? ` and ${foreign.length - named} more` : '';
  return `holds what is not of Signalbox: ${foreign.slice(0, named).join(', ')}${more}`;
}

function foreignIn(state) {
  const names = readdirSync(state).toSorted();
  return names.filter((name) => !ours.includes(name) || (kinds.includes(name) && !isOfAStart(join(state, name))));
}

/** A folder named `kafka` may be anybody's. */
function isOfAStart(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
  const names = readdirSync(folder);
  return names.some((name) => marks.includes(name)) || names.every((name) => name === 'logs');
}

function isWithin(inner, outer) {
  const way = relative(realpathSync(outer), realpathSync(inner));
  return way === '' || !/^\.\.(?:[\\/]|$)/.test(way);
}

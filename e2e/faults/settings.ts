import { namesIn } from '../../tools/fault-names.mjs';

/** What `npm run faults` says of a run; `npm test` says nothing. */
export const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** `npm run faults` looks after each fault; `npm test`, which has less time, after several. */
export const isEachAlone = process.env['FAULTS_EVERY'] !== undefined;

/** For as long as the design's table has it. */
export const isFull = process.env['FAULTS_FULL'] !== undefined;

/** How long faults are tried again and again; 0: each once. */
export const minutes = Number(process.env['FAULTS_MINUTES'] ?? 0);

const given = process.env['FAULTS_ONLY'];
const only = given === undefined ? undefined : namesIn(given);

/** Those whose names have one of the wanted words in them. */
export function wanted<T extends { readonly name: string }>(list: readonly T[]): T[] {
  return list.filter(({ name }) => only === undefined || only.some((part) => name.includes(part)));
}

/** From a tool outside. */
export const eventsPerSecond = minutes > 0 ? 1_500 : 100;

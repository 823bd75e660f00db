import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../e2e/faults/', import.meta.url);

/** What `--only` may name, read from where faults and defects are written down: to load them takes a test runner. */
export function faultNames() {
  return namesFrom(/^(.+-faults|defects)\.ts$/);
}

/** Of these the defects that are planted, each of which a check must see. */
export function defectNames() {
  return namesFrom(/^defects\.ts$/);
}

function namesFrom(form) {
  const files = readdirSync(folder).filter((name) => form.test(name));
  return files.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(/^(?: +name: |.*networkFault\(\s*)'(.+?)',/gm)].map(
      ([, found]) => found,
    ),
  );
}

/** What `--only` and FAULTS_ONLY name. An empty part would be part of every name, and means nothing. */
export function namesIn(text) {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

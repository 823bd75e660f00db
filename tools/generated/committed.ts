import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** What is committed of a generated document; with GENERATE set (`npm run generate`) it is written first. */
export function committed(file: string, generated: string): string {
  return committedAt(join('docs', 'generated', file), generated);
}

/** The same of a file anywhere in the repository. */
export function committedAt(file: string, generated: string): string {
  const path = join(root, file);
  if (process.env['GENERATE'] !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, generated);
  }
  return readFileSync(path, 'utf8');
}

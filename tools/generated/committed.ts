import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', 'docs', 'generated');

/** What is committed of a generated document; with GENERATE set (`npm run generate`) it is written first. */
export function committed(file: string, generated: string): string {
  const path = join(folder, file);
  if (process.env['GENERATE'] !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, generated);
  }
  return readFileSync(path, 'utf8');
}

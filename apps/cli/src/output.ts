import { stripVTControlCharacters } from 'node:util';

/** Where a command writes; piped output has no colour and no redrawing. */
export interface Output {
  readonly isTerminal: boolean;
  readonly json: boolean;
  line(text: string): void;
  /** Prints the JSON form with `--json`, else the lines. */
  result(value: unknown, lines: readonly string[]): void;
  error(text: string): void;
}

export function createOutput(
  streams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream },
  json: boolean,
): Output {
  const line = (text: string): void => void streams.stdout.write(`${text}\n`);
  return {
    isTerminal: streams.stdout.isTTY === true && !json,
    json,
    line,
    result: (value, lines) => {
      if (json) line(JSON.stringify(value, undefined, 2));
      else for (const text of lines) line(plain(text));
    },
    error: (text) => void streams.stderr.write(text),
  };
}

/** Text of others without what steers a terminal. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\t\n]/gu, '');
}

/** `1m40s`, `9s`, `2h5m`, `0.6s` below ten seconds when `fine`. */
export function spell(ms: number, fine = false): string {
  if (fine && ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60 ? `${seconds % 60}s` : ''}`;
  const hours = Math.floor(minutes / 60);
  return `${hours}h${minutes % 60 ? `${minutes % 60}m` : ''}`;
}

const widestCell = 80;

/** Columns as wide as their widest cell; texts of others stay in their row, and before other columns in their place. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const shown = rows.map((row) =>
    row.map((cell, column) => (column < columns - 1 ? cut(escaped(cell)) : escaped(cell))),
  );
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Control characters as JSON writes them. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (character) => {
    const inJson = JSON.stringify(character).slice(1, -1);
    return inJson === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : inJson;
  });
}

/** `--json` has the whole of it. */
function cut(text: string): string {
  // Without the half of a character that would be left.
  return text.length <= widestCell ? text : `${text.slice(0, widestCell - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

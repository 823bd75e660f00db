import { route } from './client.js';
import type { Client } from './client.js';
import type { Output } from './output.js';
import { isOver, rollbacksOf } from './release.js';
import type { ReleaseBody } from './release.js';
import { releaseTree } from './release-tree.js';
import { waitFor } from './wait.js';

const watchWithinMs = 7 * 86_400_000;
const everyMs = 500;

/** Follows a release to its end: redraws a tree on a terminal, prints each changed line elsewhere. */
export async function watchRelease(client: Client, output: Output, id: string): Promise<ReleaseBody> {
  let drawn: string[] = [];
  return waitFor(
    'the release',
    watchWithinMs,
    async () => {
      const release = await client.get<ReleaseBody>(route`/v1/releases/${id}`);
      const lines = releaseTree(release, new Date());
      if (output.isTerminal) redraw(output, drawn.length, lines);
      else if (!output.json) for (const line of news(drawn, lines)) output.line(line);
      drawn = lines;
      return isOver(release) && !isRollingBack(release) ? release : undefined;
    },
    everyMs,
  );
}

function isRollingBack(release: ReleaseBody): boolean {
  return rollbacksOf(release).some(({ outcome }) => outcome === undefined);
}

function redraw(output: Output, height: number, lines: readonly string[]): void {
  const up = height > 0 ? `\u001b[${height}A\u001b[0J` : '';
  output.line(`${up}${lines.join('\n')}`);
}

/** Lines that say something new: a growing age alone is no news. */
export function news(before: readonly string[], now: readonly string[]): string[] {
  const withoutAge = (line: string) =>
    line.replace(/^[├└] /, '').replaceAll(/ (?:\d+(?:\.\d+)?s|\d+m(?:\d+s)?|\d+h(?:\d+m)?)\b/g, '');
  const known = new Set(before.map(withoutAge));
  return now.filter((line) => !known.has(withoutAge(line)));
}

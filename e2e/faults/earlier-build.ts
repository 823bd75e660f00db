import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analysisRequested, rolloutPromoted } from '@signalbox/domain';
import { earlierCommit } from '../../tools/launch/history-needs.mjs';
import { checkOut } from '../../tools/upgrade/checkout.mjs';

/** What has been added to contents since: a gateway of that build archives only what it knows. */
export const unknownThen: Readonly<Record<string, readonly string[]>> = {
  [analysisRequested.type]: ['startTimeout'],
  [rolloutPromoted.type]: ['step'],
};

/** Services of an earlier build, in a folder of their own. */
export class EarlierBuild {
  private constructor(readonly path: string) {}

  static async of(services: readonly string[]): Promise<EarlierBuild> {
    const build = new EarlierBuild(await mkdtemp(join(tmpdir(), 'signalbox-earlier-')));
    try {
      await checkOut(earlierCommit, build.path, services);
    } catch (error) {
      await build.remove();
      throw error;
    }
    return build;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }
}

import { dirname, join } from 'node:path';
import type { Judgement } from '@signalbox/domain';
import { Client, route } from '../client.js';
import type { CliConfig } from '../config.js';
import { Failure } from '../failure.js';
import type { Output } from '../output.js';
import { approveRelease, createRelease, isOver, nameOf, untilRelease } from '../release.js';
import type { ReleaseBody } from '../release.js';
import { Traffic } from '../traffic.js';
import type { TrafficCounts } from '../traffic.js';
import { waitFor } from '../wait.js';
import { preparePeople } from './people.js';
import type { Person } from './people.js';
import { Storefront } from './storefront.js';

const stepWithinMs = 180_000;

/** Three releases of one application over the public API: an installation, a good canary, a bad one that goes back by itself. */
export class Demo {
  private readonly beganAt = Date.now();
  private people!: Record<Person, Client>;
  private storefront!: Storefront;
  private traffic: Traffic | undefined;

  constructor(
    private readonly config: CliConfig,
    private readonly admin: Client,
    private readonly output: Output,
    private readonly example: string,
  ) {}

  /** Resolves with the address users reach; throws Failure when a release does not end as it should. */
  async run(): Promise<string> {
    const url = await this.prepare();
    this.say('', `Demo: ${this.storefront.name} three times over REST; Ctrl-C skips`, true);
    await this.install(url);
    await this.improve();
    await this.break();
    return url;
  }

  stopTraffic(): Promise<TrafficCounts | undefined> {
    return this.traffic?.stop() ?? Promise.resolve(undefined);
  }

  get application(): string {
    return this.storefront.name;
  }

  private async prepare(): Promise<string> {
    this.people = await preparePeople(this.admin, this.config);
    const applications = await this.admin.list<{ name: string }>('/v1/applications');
    const folder = join(dirname(this.config.file), 'demo');
    this.storefront = await Storefront.make(
      this.example,
      folder,
      new Set(applications.map((application) => application.name)),
      this.config.demo(),
    );
    const { name, directory } = this.storefront;
    await this.admin.post('/v1/applications', {
      manifestText: this.storefront.manifestText(),
      repository: directory,
      team: 'shop',
    });
    return waitFor('reserving a port', stepWithinMs, async () => {
      const filter = { application: name, environment: 'production' };
      const [environment] = await this.admin.list<{ url?: string }>('/v1/environments', filter);
      return environment?.url;
    });
  }

  private async install(url: string): Promise<void> {
    const release = await this.create();
    const built = await this.built(release);
    const refusal = await this.refused('viewer', built);
    await this.approve(built);
    this.say('viewer', `release approve  refused: ${refusal}; approver: 1 of 1`);
    await this.ended(release, 'completed');
    const { rps } = this.config.demo();
    this.traffic = new Traffic({ url, rps, mix: this.storefront.traffic() });
    this.say('', `${release.version} completed, no canary; traffic ${rps}/s`);
  }

  private async improve(): Promise<void> {
    await this.storefront.commit('1.1.0');
    const release = await this.create();
    const built = await this.built(release);
    const refusal = await this.refused('author', built);
    await this.approve(built);
    this.say('author', `release approve  refused: ${refusal}; approver: 1 of 1`);
    await this.followed(release, 'completed');
    this.say('', `${release.version} completed`);
  }

  private async break(): Promise<void> {
    await this.storefront.commit('1.2.0');
    const release = await this.create();
    await this.approve(await this.built(release));
    const ended = await this.followed(release, 'rolled_back', 'approved; ');
    const target =
      ended.stages.find((stage) => stage.outputs?.rollback)?.outputs?.rollback?.target ?? 'what ran before';
    this.say('', `rolled back to ${target}, ${release.version} quarantined for production`);
  }

  private async create(): Promise<ReleaseBody> {
    const release = await createRelease(this.people.author, { application: this.storefront.name });
    if (release.version === '' || isOver(release))
      throw new Failure(1, release.cause?.detail ?? `the release is ${release.status}`);
    const news =
      release.base === undefined
        ? release.summary
        : release.notes
            .split('\n')
            .find((line) => line.startsWith('- '))
            ?.replace(/^- (.*) \(\w+\)$/, 'feat: $1');
    this.say('author', `release create   ${release.version} ${news ?? release.summary}`);
    return release;
  }

  private built({ id }: ReleaseBody): Promise<ReleaseBody> {
    return untilRelease(this.people.author, id, 'the build', stepWithinMs, (release) => {
      const build = release.stages.find((stage) => stage.kind === 'build');
      if (isOver(release)) throw this.unexpected(release);
      return build?.status === 'succeeded';
    });
  }

  /** What the API answers to somebody who may not approve. */
  private async refused(person: Person, release: ReleaseBody): Promise<string> {
    try {
      await approveRelease(this.people[person], release);
    } catch (error) {
      if (error instanceof Failure && error.details.code) return error.details.code;
      throw error;
    }
    throw new Failure(1, `${person} could approve ${nameOf(release)}`);
  }

  private approve(release: ReleaseBody): Promise<ReleaseBody> {
    return approveRelease(this.people.approver, release);
  }

  private async ended({ id }: ReleaseBody, status: string): Promise<ReleaseBody> {
    const release = await untilRelease(this.people.viewer, id, 'the release', stepWithinMs, isOver);
    if (release.status !== status) throw this.unexpected(release);
    return release;
  }

  /** Prints each verdict of the canary while the release goes to its end. */
  private async followed(release: ReleaseBody, status: string, prefix = ''): Promise<ReleaseBody> {
    const told = new Set<number>();
    const tell = async (): Promise<void> => {
      for (const { step, verdict, summary } of await this.judgements(release)) {
        if (verdict === 'inconclusive' || told.has(step)) continue;
        told.add(step);
        this.say('', `${prefix}${summary}`);
      }
    };
    const ended = await waitFor('the release', stepWithinMs, async () => {
      await tell();
      const current = await this.people.viewer.get<ReleaseBody>(route`/v1/releases/${release.id}`);
      return isOver(current) ? current : undefined;
    });
    await tell();
    if (ended.status !== status) throw this.unexpected(ended);
    return ended;
  }

  /** From the monitor, which has them before the release can end; the timeline hears of them later. */
  private async judgements({ id }: ReleaseBody): Promise<Judgement[]> {
    const { viewer } = this.people;
    const [analysis] = await viewer.list<{ id: string }>('/v1/analyses', { releaseId: id });
    if (!analysis) return [];
    return (await viewer.list<Judgement>(route`/v1/analyses/${analysis.id}/judgements`)).toReversed();
  }

  private unexpected(release: ReleaseBody): Failure {
    return new Failure(1, `${nameOf(release)} is ${release.status}: ${release.cause?.detail ?? 'no cause given'}`, {
      fix: `npx signalbox release why ${release.id}`,
    });
  }

  private say(who: string, what: string, plain = false): void {
    const seconds = Math.floor((Date.now() - this.beganAt) / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    this.output.line(plain ? what : `${time} ${who.padEnd(8)} ${what}`);
  }
}

import { createHash } from 'node:crypto';
import { releaseCompleted, releaseFailed, stageEnded, stageRequested, stageStarted, topics } from '@signalbox/domain';
import { appendOutbox, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const source = '/signalbox/bench';
const topicOf = {
  build: topics.build,
  deploy: topics.deployment,
  test: topics.test,
  monitor: topics.monitoring,
  feedback: topics.feedback,
};

/** All executors as one consumer that does nothing and says yes at once, in the transaction that heard the request. */
export class NoOpExecutors {
  /** Resolvers by release id, of those that somebody waits for. */
  #waiting = new Map();
  #ended = new Map();
  #requestedAt = new Map();
  #live = new Map();
  #requests = new Map();
  #database;
  #messaging;

  static async start(databaseUrl, broker) {
    const made = new NoOpExecutors();
    made.#database = await Database.open({ url: databaseUrl, name: 'bench', migrations: [] });
    const { transactions } = made.#database;
    made.#messaging = new Messaging({ service: 'bench', source, broker, transactions, databaseUrl, logger: silent });
    made.#messaging.on(stageRequested, (event, tx) => made.#answer(event, tx));
    made.#messaging.on(releaseCompleted, async ({ content }) => made.#end(content.releaseId, 'completed'));
    made.#messaging.on(releaseFailed, async ({ content }) => made.#end(content.releaseId, JSON.stringify(content)));
    await made.#messaging.start();
    return made;
  }

  async stop() {
    await this.#messaging.stop();
    await this.#database.close();
  }

  /**
   * Resolves when the release has completed, rejects when it has failed.
   * @returns { requestedAt, completedAt }: when its first request and its end were heard, by `performance.now()`
   */
  async completed(releaseId) {
    const { how, completedAt } =
      this.#ended.get(releaseId) ?? (await new Promise((resolve) => this.#waiting.set(releaseId, resolve)));
    if (how !== 'completed') throw new Error(how);
    const requestedAt = this.#requestedAt.get(releaseId);
    this.#ended.delete(releaseId);
    this.#requestedAt.delete(releaseId);
    return { requestedAt, completedAt };
  }

  /** What was asked of each stage last, in the order of the stages. */
  get requests() {
    return [...this.#requests.values()];
  }

  #end(releaseId, how) {
    const end = { how, completedAt: performance.now() };
    this.#ended.set(releaseId, end);
    this.#waiting.get(releaseId)?.(end);
    this.#waiting.delete(releaseId);
  }

  async #answer({ id, content: request }, tx) {
    const { releaseId, stage, attempt, kind } = request;
    if (!this.#requestedAt.has(releaseId)) this.#requestedAt.set(releaseId, performance.now());
    this.#requests.set(stage, request);
    const of = { releaseId, stage, attempt, requestEventId: id };
    const drafts = [
      stageStarted(topicOf[kind], of),
      stageEnded(topicOf[kind], of, { outcome: 'succeeded', outputs: this.#outputsOf(request) }),
    ];
    const entries = drafts.map((draft, i) => ({ draft, aggId: `${releaseId}:${stage}:${attempt}`, aggVersion: i + 1 }));
    appendOutbox(tx, source, entries);
    this.#database.afterCommit(() => this.#messaging.poke());
  }

  #outputsOf({ kind, application, environment, version, releaseId, deploy, artifact }) {
    if (kind === 'build') return { artifact: { digest: digestOf(application + version), purl: 'p', sizeBytes: 1 } };
    if (kind !== 'deploy') return {};
    const { slotVersion } = deploy;
    const place = `${application}/${environment}`;
    const previous = this.#live.get(place);
    const current = { ...artifact, releaseId, version, deploymentId: `dep_${releaseId}`, slotVersion };
    this.#live.set(place, current);
    return { live: { current, ...(previous && { previous }), url: 'http://u', metricsUrl: 'http://m', slotVersion } };
  }
}

function digestOf(text) {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

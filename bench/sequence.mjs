import { randomUUID } from 'node:crypto';
import { draft, releaseCompleted, stageRequested, taskrunFinished, taskrunId, taskrunStarted } from '@signalbox/domain';
import { appendOutbox, Messaging } from '@signalbox/messaging';
import { Database } from '@signalbox/persistence';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const source = '/signalbox/sequence';

/**
 * Asks for the stages of a release one after the other, as planning does and with requests of the same size, but keeps
 * nothing, decides nothing and asks no git: what is left is outbox, broker and inbox.
 */
export class Sequence {
  #database;
  #messaging;
  #requests;

  /** @param requests what planning asked of the stages of one release, in their order */
  static async start(databaseUrl, broker, requests) {
    const made = new Sequence();
    made.#requests = requests;
    made.#database = await Database.open({ url: databaseUrl, name: 'sequence', migrations: [] });
    const { transactions } = made.#database;
    made.#messaging = new Messaging({ service: 'sequence', source, broker, transactions, databaseUrl, logger: silent });
    made.#messaging.on(taskrunStarted, async () => undefined);
    made.#messaging.on(taskrunFinished, async ({ customData: { releaseId, stage } }, tx) => {
      const next = requests.findIndex((request) => request.stage === stage) + 1;
      made.#say(
        tx,
        releaseId,
        next < requests.length ? made.#request(releaseId, next) : made.#end(releaseId),
        next + 1,
      );
    });
    await made.#messaging.start();
    return made;
  }

  async stop() {
    await this.#messaging.stop();
    await this.#database.close();
  }

  /** @returns the release's id */
  async release() {
    const id = `rel_${randomUUID()}`;
    await this.#database.transactions.run(async (tx) => this.#say(tx, id, this.#request(id, 0), 1));
    return id;
  }

  #say(tx, aggId, said, aggVersion) {
    appendOutbox(tx, source, [{ draft: said, aggId, aggVersion }]);
    this.#database.afterCommit(() => this.#messaging.poke());
  }

  #request(releaseId, index) {
    const content = { ...this.#requests[index], releaseId };
    const subject = taskrunId(releaseId, content.stage, content.attempt);
    return draft(stageRequested, { subject, chainId: releaseId, content });
  }

  #end(releaseId) {
    const { application, version } = this.#requests[0];
    return draft(releaseCompleted, {
      subject: releaseId,
      chainId: releaseId,
      content: { releaseId, application, version },
    });
  }
}

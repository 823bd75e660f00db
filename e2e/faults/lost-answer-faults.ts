import { eventually } from '@signalbox/testing';
import { promise } from './fault.js';
import type { Fault, Scene } from './fault.js';
import { isRunning } from './processes.js';
import type { Link, Proxy, Tap } from './proxy.js';
import { eventIdsOf } from './transcript.js';
import { commitAt, databaseOf, isCommitted, produceId, responseId } from './wire.js';

/** As long as a service may have nothing to tell. */
const lostWithinMs = 40_000;
const times = 3;

/** Events that the transaction tells which a link was the last to speak of; to none belong those that change nothing. */
const toldBy = ({ servers }: Scene, link: Link) => eventIdsOf(servers.transcript.of(link));

/** One session's process dies while it commits: the server throws all others out and recovers. */
const backendDies: Fault = {
  name: 'database session dies in COMMIT',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const { postgresProxy } = scene.servers;
    // Known beforehand: to ask for it takes longer than a COMMIT.
    const rows = await scene.world
      .database('planning')
      .query<{ port: number; pid: number }>(
        'SELECT client_port AS port, pid FROM pg_stat_activity WHERE datname = current_database() AND client_port > 0',
      );
    const backends = new Map(rows.map(({ port, pid }) => [port, pid]));
    let victim: number | undefined;
    await cutFirst(postgresProxy, (link, direction, piece) => {
      if (direction !== 'to-server' || !databaseOf(link).endsWith('planning') || commitAt(piece) < 0) return false;
      victim = backends.get(link.serverSidePort);
      if (victim === undefined || toldBy(scene, link).length === 0) return false;
      link.server.write(piece);
      process.kill(victim, 'SIGKILL');
      return true;
    });
    await eventually(() => victim !== undefined && !isRunning(victim), { what: 'the session to be gone' });
  },
};

/** The server has committed what a service tells; its answer is lost, and the connection with it. */
const lostCommit: Fault = {
  name: 'answer to COMMIT lost',
  seconds: { brief: 1, full: 1 },
  async run(scene) {
    const { world, servers } = scene;
    for (const service of ['planning', 'gateway', ...world.doers]) {
      let told: string[] = [];
      await cutFirst(servers.postgresProxy, (link, direction, piece) => {
        if (direction === 'to-server' || !databaseOf(link).endsWith(service) || !isCommitted(piece)) return false;
        told = toldBy(scene, link);
        return told.length > 0;
      });
      const written = await world.database(service).writtenOf(told);
      promise(written === told.length, `${service} was told of a COMMIT, and ${told.length - written} events are lost`);
    }
  },
};

/** The broker has the records; its answer is lost, and the connection with it. */
const lostProduce: Fault = {
  name: 'answer to Produce lost',
  seconds: { brief: 1, full: 1 },
  async run({ servers }) {
    for (let time = 0; time < times; time += 1) {
      const asked = new Map<Link, number>();
      await cutFirst(servers.kafkaProxy, (link, direction, frame) => {
        if (direction === 'to-client') return asked.get(link) === responseId(frame);
        const id = produceId(frame);
        if (id !== undefined) asked.set(link, id);
        return false;
      });
    }
  },
};

async function cutFirst(proxy: Proxy, isIt: (...piece: Parameters<Tap>) => boolean): Promise<void> {
  let isCut = false;
  const untap = proxy.tap((...piece) => {
    if (isCut || !isIt(...piece)) return 'pass';
    isCut = true;
    return 'cut';
  });
  await eventually(() => isCut, { withinMs: lostWithinMs, what: 'an answer to lose' }).finally(untap);
}

export const lostAnswerFaults: readonly Fault[] = [backendDies, lostCommit, lostProduce];

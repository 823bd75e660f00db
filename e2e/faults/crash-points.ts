import type { Scene } from './fault.js';
import { kill, pidOfConnection } from './processes.js';
import type { Link, Proxy, Tap, Verdict } from './proxy.js';
import { commitAt, databaseOf, isCommitted, produceId, responseId } from './wire.js';

/** A place in the work at which a process dies, found by what it says to its database or broker. */
export interface CrashPoint {
  readonly name: string;
  /** @returns the process that was killed there; undefined when none came there in time */
  kill(scene: Scene): Promise<number | undefined>;
}

const withinMs = 15_000;
const deleteFromOutbox = Buffer.from('DELETE FROM outbox');

const postgres = ({ servers }: Scene) => servers.postgresProxy;
const kafka = ({ servers }: Scene) => servers.kafkaProxy;

/** @param judge tells of each piece whether the process dies now, or what becomes of the piece */
export function crashPoint(
  name: string,
  judge: (...piece: Parameters<Tap>) => Verdict | 'dies',
  proxyOf: (scene: Scene) => Proxy = postgres,
): CrashPoint {
  return {
    name,
    kill: (scene) =>
      new Promise((resolve) => {
        const done = (pid: number | undefined) => {
          clearTimeout(timer);
          untap();
          resolve(pid);
        };
        const timer = setTimeout(() => done(undefined), withinMs);
        let isOver = false;
        const untap = proxyOf(scene).tap((...piece) => {
          const verdict = isOver ? 'pass' : judge(...piece);
          if (verdict !== 'dies') return verdict;
          const pid = pidOfConnection(piece[0].clientPort, proxyOf(scene).port);
          if (pid === undefined || pid === process.pid) return 'pass';
          isOver = true;
          // Dead before the next piece: what was not passed on is never seen.
          void kill(pid).finally(() => done(pid));
          return 'cut';
        });
      }),
  };
}

const isPlanning = (link: Link) => databaseOf(link).endsWith('planning');
/** The Produce request that each link waits for. */
const asked = new WeakMap<Link, number>();

/** Its writes have reached the database, its COMMIT has not. */
const afterEffect = crashPoint('after-effect', (link, direction, piece) => {
  const at = direction === 'to-server' && isPlanning(link) ? commitAt(piece) : -1;
  if (at <= 0) return 'pass';
  link.server.write(piece.subarray(0, at));
  return 'dies';
});

const beforeCommit = crashPoint('before-commit', (link, direction, piece) =>
  direction === 'to-server' && isPlanning(link) && commitAt(piece) >= 0 ? 'dies' : 'pass',
);

/** The server has committed, and nobody hears of it. */
const afterCommit = crashPoint('after-commit', (link, direction, piece) =>
  direction === 'to-client' && isPlanning(link) && isCommitted(piece) ? 'dies' : 'pass',
);

const beforeSend = crashPoint(
  'before-send',
  (_link, direction, frame) => (direction === 'to-server' && produceId(frame) !== undefined ? 'dies' : 'pass'),
  kafka,
);

/** The broker has the records, and the sender does not hear of it. */
const afterSend = crashPoint(
  'after-send',
  (link, direction, frame) => {
    if (direction === 'to-client') return asked.get(link) === responseId(frame) ? 'dies' : 'pass';
    const id = produceId(frame);
    if (id !== undefined) asked.set(link, id);
    return 'pass';
  },
  kafka,
);

const beforeDelete = crashPoint('before-delete', (_link, direction, piece) =>
  direction === 'to-server' && piece.includes(deleteFromOutbox) ? 'dies' : 'pass',
);

export const crashPoints: readonly CrashPoint[] = [
  afterEffect,
  beforeCommit,
  afterCommit,
  beforeSend,
  afterSend,
  beforeDelete,
];

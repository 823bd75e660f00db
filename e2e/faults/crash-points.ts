import { promise } from './fault.js';
import type { Scene } from './fault.js';
import { kill, pidOfConnection } from './processes.js';
import type { Direction, Link, Proxy, Verdict } from './proxy.js';
import { eventIdsOf } from './transcript.js';
import type { Statement } from './transcript.js';
import { commitAt, databaseOf, isCommitted, produceId, responseId } from './wire.js';

interface Piece {
  readonly link: Link;
  readonly direction: Direction;
  readonly bytes: Buffer;
  /** To the database, in the transaction to which the piece belongs. */
  readonly said: readonly Statement[];
}

/** A place in the work at which a process dies, found by what it says to its database or broker. */
export interface CrashPoint {
  readonly name: string;
  /** By default the database's. */
  proxyOf?(scene: Scene): Proxy;
  /** Tells of each piece whether the process dies now, or what becomes of the piece. */
  judge(piece: Piece): Verdict | 'dies';
  /** Hands on what of the last piece still arrives; by default nothing does. */
  handOn?(link: Link, bytes: Buffer): void;
  /** Asked when it is dead and no other process of its service moves: whether it was where it should have been. */
  wasThere?(scene: Scene, service: string, said: readonly Statement[]): Promise<boolean>;
}

/** As long as a service may have nothing to tell. */
const withinMs = 40_000;
const attempts = 3;

/** A process of the service dies there, by its database's word; else this fault could not be tried. */
export async function dieAt(scene: Scene, point: CrashPoint, service: string): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const crew = new Crew(scene, service);
    const said = await deathAt(scene, point, service, crew);
    promise(said !== undefined, `no process of ${service} came to the point ${point.name} in time`);
    try {
      if ((await point.wasThere?.(scene, service, said ?? [])) ?? true) return;
    } finally {
      for (const pid of crew.pids) await kill(pid, 'SIGCONT');
    }
  }
  throw new Error(`${service} had gone on, or had not come as far as ${point.name}, each of ${attempts} times`);
}

/** The processes of a service: after a death another one comes, and may be the first to come to a point. */
class Crew {
  pids: readonly number[];
  private readonly strangers = new Set<number>();

  constructor(
    private readonly scene: Scene,
    private readonly service: string,
  ) {
    this.pids = scene.world.replicas(service);
  }

  /** Whoever is asked about waits for its piece to be passed on: it goes nowhere while it is looked for. */
  has(pid: number): boolean {
    if (this.pids.includes(pid)) return true;
    if (this.strangers.has(pid)) return false;
    this.pids = this.scene.world.replicas(this.service);
    if (!this.pids.includes(pid)) this.strangers.add(pid);
    return this.pids.includes(pid);
  }
}

/** @returns what the process had said; undefined when none came there in time */
function deathAt(
  scene: Scene,
  { judge, handOn, proxyOf }: CrashPoint,
  service: string,
  crew: Crew,
): Promise<readonly Statement[] | undefined> {
  const proxy = proxyOf?.(scene) ?? scene.servers.postgresProxy;
  const owners = new WeakMap<Link, number>();
  return new Promise((resolve) => {
    const done = (said: readonly Statement[] | undefined) => {
      clearTimeout(timer);
      untap();
      resolve(said);
    };
    const timer = setTimeout(() => done(undefined), withinMs);
    let isOver = false;
    const untap = proxy.tap((link, direction, bytes) => {
      if (isOver || (proxyOf === undefined && !databaseOf(link).endsWith(service))) return 'pass';
      const said = scene.servers.transcript.of(link);
      const verdict = judge({ link, direction, bytes, said });
      if (verdict !== 'dies') return verdict;
      const pid = owners.get(link) ?? pidOfConnection(link.clientPort, proxy.port);
      if (pid !== undefined) owners.set(link, pid);
      if (pid === undefined || !crew.has(pid)) return 'pass';
      isOver = true;
      clearTimeout(timer);
      handOn?.(link, bytes);
      // Nobody does its work meanwhile; and it is dead before the next piece: what was not passed on is never seen.
      for (const other of crew.pids) if (other !== pid) void kill(other, 'SIGSTOP');
      void kill(pid).finally(() => done([...said]));
      return 'cut';
    });
  });
}

/** The Produce request that each link waits for. */
const asked = new WeakMap<Link, number>();
const kafka = ({ servers }: Scene) => servers.kafkaProxy;

const tells = (said: readonly Statement[]) => eventIdsOf(said).length > 0;
const isCommitOf = ({ direction, bytes, said }: Piece) =>
  direction === 'to-server' && commitAt(bytes) >= 0 && tells(said);
const nothingIsWritten: CrashPoint['wasThere'] = async (scene, service, said) =>
  (await scene.world.database(service).writtenOf(eventIdsOf(said))) === 0;

/** Its writes have reached the database, its COMMIT has not. */
export function withoutCommit(link: Link, bytes: Buffer): void {
  const at = commitAt(bytes);
  if (at > 0) link.server.write(bytes.subarray(0, at));
}

const afterEffect: CrashPoint = {
  name: 'after-effect',
  judge: (piece) => (isCommitOf(piece) ? 'dies' : 'pass'),
  handOn: withoutCommit,
  wasThere: nothingIsWritten,
};

const beforeCommit: CrashPoint = {
  name: 'before-commit',
  judge: (piece) => (isCommitOf(piece) ? 'dies' : 'pass'),
  wasThere: nothingIsWritten,
};

/** The server has committed, and nobody hears of it. */
const afterCommit: CrashPoint = {
  name: 'after-commit',
  judge: ({ direction, bytes, said }) =>
    direction === 'to-client' && isCommitted(bytes) && tells(said) ? 'dies' : 'pass',
  async wasThere({ world }, service, said) {
    const ids = eventIdsOf(said);
    return (await world.database(service).writtenOf(ids)) === ids.length;
  },
};

const beforeSend: CrashPoint = {
  name: 'before-send',
  proxyOf: kafka,
  judge: ({ direction, bytes }) => (direction === 'to-server' && produceId(bytes) !== undefined ? 'dies' : 'pass'),
};

/** The broker has the records, and the sender does not hear of it. */
const afterSend: CrashPoint = {
  name: 'after-send',
  proxyOf: kafka,
  judge({ link, direction, bytes }) {
    if (direction === 'to-client') return asked.get(link) === responseId(bytes) ? 'dies' : 'pass';
    const id = produceId(bytes);
    if (id !== undefined) asked.set(link, id);
    return 'pass';
  },
};

const beforeDelete: CrashPoint = {
  name: 'before-delete',
  judge: ({ direction, said }) =>
    direction === 'to-server' && said.at(-1)?.sql.includes('DELETE FROM outbox') ? 'dies' : 'pass',
};

export const crashPoints: readonly CrashPoint[] = [
  afterEffect,
  beforeCommit,
  afterCommit,
  beforeSend,
  afterSend,
  beforeDelete,
];

/**
 * W1, no-op releases: a real planning service on a real PostgreSQL and executors that answer each of the six stages at
 * once, both in this process, on both brokers in turn; the same requests from somebody who decides nothing
 * (sequence.mjs), and the peers and floors of peers.mjs, on the same machine in the same run.
 * The applications stand in one repository. `npm run bench -- releases [repetitions] [seconds] [clients,…]`.
 */
import process from 'node:process';
import { durability, idleTransactions, ServerCounters } from './counters.mjs';
import { withServers } from './servers.mjs';
import { floorNames, installPeers, measurePeer, peerDatabases, preparePeers } from './peers.mjs';
import { report } from './releases-report.mjs';
import { subjects } from './releases-subjects.mjs';
import { commitMs, roundTripMs } from './round-trip.mjs';

const [repetitions, seconds] = [Number(process.argv[2] ?? 5), Number(process.argv[3] ?? 8)];
const counts = (process.argv[4] ?? '1,16,64').split(',').map(Number);

/** Every figure of every repetition, by who it is of and the number of clients; interleaved, so that all see the same machine. */
async function measure(running, { postgres, kafka, others }) {
  const figures = new Map();
  const note = (who, clients, figure) => {
    const key = `${who}/${clients}`;
    figures.set(key, [...(figures.get(key) ?? []), figure]);
  };
  const idle = await idleTransactions(new ServerCounters(postgres.url('postgres')));
  console.log(`idle: ${idle.toFixed(0)} transactions/s of everything that runs, which are taken off`);
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const clients of counts) {
      for (const [name, subject] of Object.entries(running))
        note(name, clients, await subject.measure(clients, seconds, idle));
      for (const name of others)
        note(name, clients, await measurePeer(name, { postgres: postgres.url('postgres'), kafka, clients, seconds }));
    }
    for (const [name, subject] of Object.entries(running).filter(([, { floor }]) => floor)) {
      const commit = await commitMs(postgres.url('log'));
      const roundTrip = await roundTripMs(subject.floor);
      note(name, 'floor of a hop', { commit, roundTrip });
    }
  }
  return figures;
}

console.log(`${repetitions} interleaved repetitions of ${seconds} s, medians with range; acks from all`);
const peers = await installPeers();
await withServers(
  async (servers) => {
    const { postgres, kafka } = servers;
    for (const name of peerDatabases) await postgres.createDatabase(name);
    await preparePeers(postgres.url('postgres'));
    console.log(await durability(postgres.url('postgres')));
    const running = await subjects(servers, Math.max(...counts));
    try {
      const floors = floorNames(kafka);
      const figures = await measure(running, { postgres, kafka, others: [...peers, ...floors] });
      report(figures, { subjects: Object.keys(running), peers, floors, counts });
    } finally {
      for (const subject of Object.values(running)) await subject.stop();
    }
  },
  { max_wal_size: '4GB' },
);

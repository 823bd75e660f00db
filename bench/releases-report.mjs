import { summary, verdict } from './figures.mjs';

/** Restate stores what it keeps itself. */
const isInPostgres = (peer) => !peer.startsWith('restate');

/**
 * Tells the figures of every kind of client, and how they compare with the peers of the same run.
 * @param figures of every repetition, by `WHO/CLIENTS`, and `SUBJECT/floor of a hop` of those that decide
 * @param run { subjects, peers, floors, counts }: the names that there are figures of, and the numbers of clients
 */
export function report(figures, run) {
  const of = (who, clients, pick) => summary(figures.get(`${who}/${clients}`).map(pick), 1);
  const versions = run.peers.map((peer) =>
    `${peer} ${figures.get(`${peer}/${run.counts[0]}`)[0].version ?? ''}`.trim(),
  );
  console.log(`peers: ${versions.join(', ')}`);
  for (const clients of run.counts) rows(clients, run, of);
  for (const name of run.subjects.filter((subject) => figures.has(`${subject}/floor of a hop`)))
    goals(name, run, of, figures.get(`${name}/floor of a hop`));
}

function rows(clients, { subjects, peers, floors }, of) {
  const rate = (who) => of(who, clients, ({ perSecond }) => perSecond).median;
  const best = bestOf(peers.filter(isInPostgres), rate);
  const fastest = bestOf(peers, rate);
  console.log(`${clients} at once; the best peer in PostgreSQL is ${best}, the fastest of all ${fastest}`);
  for (const who of [...subjects, ...peers, ...floors]) {
    const text = (pick) => of(who, clients, pick).text;
    const more = subjects.includes(who)
      ? `, hop ${text(({ hopMs }) => hopMs)} ms, ${text(({ transactions }) => transactions)} transactions, ${text(({ walKb }) => walKb)} KB of WAL`
      : '';
    const ratios = `${(rate(who) / rate(best)).toFixed(2)} of ${best}, ${(rate(who) / rate(fastest)).toFixed(2)} of ${fastest}`;
    console.log(
      `  ${who.padEnd(26)} ${text(({ perSecond }) => perSecond)}/s, p50 ${text(({ p50Ms }) => p50Ms)} ms, p99 ${text(({ p99Ms }) => p99Ms)} ms; ${ratios}${more}`,
    );
  }
}

function goals(name, { peers, counts }, of, hopFloors) {
  const many = counts.includes(16) ? 16 : counts.at(-1);
  const rate = (who) => of(who, many, ({ perSecond }) => perSecond).median;
  const ratio = rate(name) / rate(bestOf(peers.filter(isInPostgres), rate));
  const why =
    'a release is 25 events over a broker and 9 decisions about gates, slots and deadlines; a step of a peer is one commit';
  told(`${name}: releases/s at ${many} over the best peer in PostgreSQL`, ratio.toFixed(2), '3', ratio >= 3, why);
  const ahead = rate(name) / rate(bestOf(peers, rate));
  told(`${name}: releases/s at ${many} over the fastest peer of all`, ahead.toFixed(2), 'above 1', ahead > 1, why);
  const [one] = counts;
  const p50 = (who) => of(who, one, ({ p50Ms }) => p50Ms).median;
  const slower = p50(name) / Math.min(...peers.map(p50));
  const hopsAndGit = 'thirteen hops over the broker, and git is asked what is new';
  told(`${name}: p50 at ${one} over the best peer's`, slower.toFixed(1), 'at most 2', slower <= 2, hopsAndGit);
  const sums = hopFloors.map(({ commit, roundTrip }) => commit + roundTrip);
  const [floor, commit] = [sums, hopFloors.map((each) => each.commit)].map((each) => summary(each, 2));
  const hop = of(name, one, ({ hopMs }) => hopMs).median / floor.median;
  const what = `of ${floor.text} ms, one commit (${commit.text} ms) and one record there and back`;
  told(`${name}: a hop over its floor ${what}`, hop.toFixed(1), 'at most 2', hop <= 2, 'see bench/README.md');
}

function bestOf(names, rate) {
  return names.reduce((best, name) => (rate(name) > rate(best) ? name : best));
}

function told(what, figure, goal, isMet, why) {
  console.log(`${what}: ${figure} (goal ${goal}): ${verdict(isMet, why)}`);
}

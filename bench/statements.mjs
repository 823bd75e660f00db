/**
 * Where the time of a release goes (W1): what pg_stat_statements and the system count while a planning service and
 * executors that answer at once, both in this process, do so many at once; on each broker. What they do while nobody asks
 * is taken off. `npm run bench -- statements [seconds] [clients]`.
 */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { endedChildren, ProcessorTime } from './processor-time.mjs';
import { subjects } from './releases-subjects.mjs';
import { withServers } from './servers.mjs';

const [seconds, clients] = [Number(process.argv[2] ?? 20), Number(process.argv[3] ?? 16)];
const idleSeconds = 10;
const shown = 15;
const widest = 110;

class Statements {
  #client;
  #server;

  static async open(postgres) {
    const made = new Statements();
    made.#server = new ProcessorTime({ postgres: postgres.pid });
    made.#client = new Client({ connectionString: postgres.url('postgres') });
    await made.#client.connect();
    await made.#client.query('CREATE EXTENSION pg_stat_statements');
    return made;
  }

  /**
   * @returns { elapsed, node, git, postgres, calls, ms, walKb, kinds, result }: seconds, milliseconds of a processor of this
   *   process, of what it has started and of the server, and what the statements took while `work` went on
   */
  async during(work) {
    await this.#client.query('SELECT pg_stat_statements_reset()');
    const [used, began] = [process.cpuUsage(), performance.now()];
    const [children, server] = [endedChildren(), this.#server.read()];
    const result = await work();
    const [elapsed, { user, system }] = [(performance.now() - began) / 1000, process.cpuUsage(used)];
    const git = (endedChildren() - children) * 1000;
    const postgres = ProcessorTime.between(server, this.#server.read()).postgres * 1000;
    const { rows: kinds } = await this.#client.query(
      `SELECT query, sum(calls)::float8 AS calls, sum(total_exec_time) AS ms, sum(wal_bytes)::float8 / 1024 AS kb
       FROM pg_stat_statements WHERE query !~ 'pg_stat_statements' GROUP BY query ORDER BY ms DESC`,
    );
    const sum = (of) => kinds.reduce((total, kind) => total + kind[of], 0);
    const node = (user + system) / 1000;
    return { elapsed, node, git, postgres, calls: sum('calls'), ms: sum('ms'), walKb: sum('kb'), kinds, result };
  }

  close() {
    return this.#client.end();
  }
}

function tell(name, idle, busy) {
  const releases = busy.result.latencies.length;
  const each = (of) => ((busy[of] - (idle[of] / idle.elapsed) * busy.elapsed) / releases).toFixed(1);
  console.log(`${name}: ${releases} releases in ${busy.elapsed.toFixed(1)} s, ${clients} at once; of each`);
  console.log(`  ms of a processor: Node ${each('node')}, PostgreSQL ${each('postgres')}, git ${each('git')}`);
  console.log(
    `  ${each('calls')} statements, ${each('ms')} ms of executing them, ${each('walKb')} KB of write-ahead log`,
  );
  console.log('  calls, ms and share of all statements, those of polls included:');
  for (const { query, calls, ms } of busy.kinds.slice(0, shown)) {
    const text = query.replace(/\s+/g, ' ').slice(0, widest);
    const share = `${Math.round((100 * ms) / busy.ms)} %`;
    console.log(
      `  ${(calls / releases).toFixed(1).padStart(6)} ${(ms / releases).toFixed(2).padStart(6)} ${share.padStart(5)}  ${text}`,
    );
  }
}

await withServers(
  async (servers) => {
    const running = await subjects(servers, clients);
    const statements = await Statements.open(servers.postgres);
    try {
      for (const [name, subject] of Object.entries(running).filter(([, { floor }]) => floor)) {
        await subject.loop(clients, 1);
        const idle = await statements.during(() => pause(idleSeconds * 1000));
        tell(name, idle, await statements.during(() => subject.loop(clients, seconds)));
      }
    } finally {
      await statements.close();
      for (const subject of Object.values(running)) await subject.stop();
    }
  },
  { shared_preload_libraries: 'pg_stat_statements', max_wal_size: '4GB' },
);

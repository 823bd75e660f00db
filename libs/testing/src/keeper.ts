import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JvmKafka, fetchKafkaJars } from '@signalbox/messaging';
import { EmbeddedPostgresServer } from '@signalbox/persistence';
import { kafkaFolder } from './kafka-folder.js';
import { launchSecuredKafka } from './secured-kafka.js';

/** Runs a server for as long as a test process lives: `node keeper.js <postgres|kafka|secured-kafka> <folder> <pid>`. */
const [kind = '', folder = '', testPid = ''] = process.argv.slice(2);

interface Kept {
  /** Written to the file `address` in the folder once the server answers. */
  readonly address: string;
  isRunning(): boolean;
  stop(): Promise<void>;
}

async function startPostgres(): Promise<Kept> {
  const server = await EmbeddedPostgresServer.start({
    dataDir: join(folder, 'data'),
    // Tests kill clients, not the machine.
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  return {
    address: server.url('postgres'),
    isRunning: () => server.isRunning(),
    async stop() {
      await server.stop();
      await rm(server.dataDir, { recursive: true, force: true });
    },
  };
}

async function startKafka(): Promise<Kept> {
  const broker = await JvmKafka.start({ libDir: await fetchKafkaJars(kafkaFolder), dataDir: join(folder, 'data') });
  return { address: broker.brokers.join(), isRunning: () => broker.isRunning(), stop: () => broker.stop() };
}

async function startSecuredKafka(): Promise<Kept> {
  const { broker, address } = await launchSecuredKafka(await fetchKafkaJars(kafkaFolder), join(folder, 'data'));
  return { address: JSON.stringify(address), isRunning: () => broker.isRunning(), stop: () => broker.stop() };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const starts: Record<string, () => Promise<Kept>> = {
  postgres: startPostgres,
  kafka: startKafka,
  'secured-kafka': startSecuredKafka,
};
const start = starts[kind];
if (!start) throw new Error(`no server of the kind ${kind}`);
const kept = await start();
await writeFile(join(folder, 'address.new'), kept.address);
await rename(join(folder, 'address.new'), join(folder, 'address'));
while (isAlive(Number(testPid)) && kept.isRunning()) await new Promise((resolve) => setTimeout(resolve, 300));
await kept.stop();
await rm(folder, { recursive: true, force: true });

import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JvmKafka, fetchKafkaJars } from '@signalbox/messaging';
import { EmbeddedPostgresServer } from '@signalbox/persistence';
import { kafkaFolder } from './kafka-folder.js';

/** Runs a server for as long as a test process lives: `node keeper.js <postgres|kafka> <folder> <pid>`. */
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const kept = await (kind === 'kafka' ? startKafka() : startPostgres());
await writeFile(join(folder, 'address.new'), kept.address);
await rename(join(folder, 'address.new'), join(folder, 'address'));
while (isAlive(Number(testPid)) && kept.isRunning()) await new Promise((resolve) => setTimeout(resolve, 300));
await kept.stop();
await rm(folder, { recursive: true, force: true });

import { spawnSync } from 'node:child_process';
import process from 'node:process';

const works = (command, args) => spawnSync(command, args, { stdio: 'pipe' }).status === 0;

/** What this machine lacks to run the suites on Kafka, in words; undefined when nothing is missing. */
export function missingForKafka() {
  if (process.env.KAFKA_BROKERS || works('docker', ['info'])) return undefined;
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  const lacks = [version >= 17 ? '' : 'Java 17', works('mvn', ['-v']) ? '' : 'Maven'].filter((name) => name !== '');
  return lacks.length === 0 ? undefined : `${lacks.join(' and ')} (or Docker, or KAFKA_BROKERS)`;
}

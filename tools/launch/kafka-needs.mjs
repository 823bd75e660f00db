import { spawnSync } from 'node:child_process';
import process from 'node:process';

const works = (command, args) => spawnSync(command, args, { stdio: 'pipe' }).status === 0;

/** What this machine lacks to run the suites on Kafka, in words; undefined when nothing is missing. */
export function missingForKafka() {
  if (process.env.KAFKA_BROKERS || works('docker', ['info'])) return undefined;
  const lacks = missingForJvm();
  return lacks.length === 0 ? undefined : `${lacks.join(' and ')} (or Docker, or KAFKA_BROKERS)`;
}

/** The same for what a supervisor starts, which knows no Docker. */
export function missingForCluster() {
  const lacks = process.env.KAFKA_BROKERS ? [] : missingForJvm();
  return lacks.length === 0 ? undefined : `${lacks.join(' and ')} (or KAFKA_BROKERS)`;
}

/** The same for suites that stop the broker themselves. */
export function missingForOwnKafka() {
  const lacks = missingForJvm();
  return lacks.length === 0 ? undefined : lacks.join(' and ');
}

/** The same for a broker with TLS, users and rights, which is always one of our own. */
export function missingForSecuredKafka() {
  const lacks = [...missingForJvm(), ...(works('openssl', ['version']) ? [] : ['openssl'])];
  return lacks.length === 0 ? undefined : lacks.join(' and ');
}

function missingForJvm() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  return [version >= 17 ? '' : 'Java 17', works('mvn', ['-v']) ? '' : 'Maven'].filter((name) => name !== '');
}

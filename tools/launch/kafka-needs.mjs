import { spawnSync } from 'node:child_process';
import process from 'node:process';

const works = (command, args) => spawnSync(command, args, { stdio: 'pipe' }).status === 0;

/** What this machine lacks to run the suites on Kafka, in words; undefined when nothing is missing. */
export function missingForKafka() {
  return process.env.KAFKA_BROKERS || works('docker', ['info'])
    ? undefined
    : inWords(missingForJvm(), ' (or Docker, or KAFKA_BROKERS)');
}

/** The same for what a supervisor starts, which knows no Docker. */
export function missingForCluster() {
  return process.env.KAFKA_BROKERS ? undefined : inWords(missingForJvm(), ' (or KAFKA_BROKERS)');
}

/** The same for suites that stop the broker themselves. */
export function missingForOwnKafka() {
  return inWords(missingForJvm());
}

/** The same for a broker with TLS, users and rights, which is always one of our own. */
export function missingForSecuredKafka() {
  return inWords([...missingForJvm(), ...(works('openssl', ['version']) ? [] : ['openssl'])]);
}

function inWords(lacks, instead = '') {
  return lacks.length === 0 ? undefined : `${lacks.join(' and ')}${instead}`;
}

function missingForJvm() {
  const java = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(java.stderr ?? '')?.[1] ?? 0);
  return [version >= 17 ? '' : 'Java 17', works('mvn', ['-v']) ? '' : 'Maven'].filter((name) => name !== '');
}

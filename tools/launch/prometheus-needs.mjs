import { spawnSync } from 'node:child_process';

const works = (command) => spawnSync(command, ['--version'], { stdio: 'pipe' }).status === 0;

/** What this machine lacks to try alert rules and scrapes, in words; undefined when nothing is missing. */
export function missingForPrometheus() {
  const lacks = ['prometheus', 'promtool'].filter((name) => !works(name));
  return lacks.length === 0 ? undefined : `${lacks.join(' and ')} (Debian: apt-get install prometheus)`;
}

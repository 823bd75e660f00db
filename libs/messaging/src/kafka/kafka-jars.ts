import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is missing on this machine to run a broker of one's own, in words; undefined if nothing is. */
export async function missingForJvmKafka(): Promise<string | undefined> {
  const java = await run('java', ['-version']).catch(() => undefined);
  const version = Number(/version "(\d+)/.exec(java?.stderr ?? '')?.[1] ?? 0);
  if (version < 17) return 'Java 17 or newer';
  return (await run('mvn', ['-v']).catch(() => undefined)) ? undefined : 'Maven';
}

/** Fetches the broker's jars with Maven into `<folder>/lib`, if they are not those of the present pom.xml. */
export async function fetchKafkaJars(folder: string): Promise<string> {
  const lib = join(folder, 'lib');
  const wanted = createHash('sha256')
    .update(await readFile(join(folder, 'pom.xml')))
    .digest('hex');
  const stamp = join(lib, '.pom-sha256');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return lib;
  await rm(lib, { recursive: true, force: true });
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], { cwd: folder });
  await writeFile(stamp, wanted);
  return lib;
}

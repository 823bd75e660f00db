/**
 * Makes the fixture of the upgrade test: what an installation of a commit has stored in the midst of its work.
 * `node tools/upgrade/make-fixture.mjs COMMIT [FOLDER]` writes `e2e/upgrade/<commit>.json.gz`; the folder is a checkout of
 * the commit that is built already.
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { applications, Repositories } from './applications.mjs';
import { checkOut, fullName } from './checkout.mjs';
import { dump } from './dump.mjs';
import { OldInstallation } from './old-installation.mjs';
import { Phases } from './phases.mjs';

const databases = [
  'gateway',
  'planning',
  'build-coordinator',
  'test-orchestrator',
  'deployer',
  'monitor',
  'feedback',
  'log',
];
/** What an installation must not lose beside its databases (docs/operations/backup-and-restore.md). */
const kept = ['embedded/secrets/installation.json', 'embedded/store', 'embedded/host'];
const target = join(import.meta.dirname, '..', '..', 'e2e', 'upgrade');

async function make(commit, built) {
  const work = await mkdtemp(join(tmpdir(), 'signalbox-fixture-'));
  await chmod(work, 0o711);
  const [checkout, state] = [built ?? join(work, 'checkout'), join(work, 'state')];
  const installation = new OldInstallation(checkout, state);
  try {
    const full = await fullName(commit);
    if (!built) {
      console.log(`checking out and building ${commit}`);
      await checkOut(full, checkout);
    }
    await mkdir(state, { mode: 0o711 });
    await installation.start();
    const repositories = new Repositories(join(work, 'repositories'));
    const phases = new Phases(installation, repositories);
    const seen = await phases.run();
    installation.kill();
    await phases.demandUnderWay();
    const fixture = {
      commit: full,
      takenAt: new Date().toISOString(),
      roots: { state, repositories: repositories.folder },
      seen,
      databases: await dumpAll(installation),
      files: await filesIn(state),
      repositories: await bundles(repositories),
    };
    const file = join(target, `${full.slice(0, 7)}.json.gz`);
    const text = JSON.stringify(fixture);
    await writeFile(file, gzipSync(text, { level: 9 }));
    console.log(`${relative(process.cwd(), file)}: ${text.length} bytes before they were compressed`);
  } finally {
    installation.end();
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function dumpAll(installation) {
  const all = {};
  for (const name of databases) {
    await installation.open(name);
    all[name] = await installation.database(name, dump);
  }
  return all;
}

/** The host's and the installation's own as text, in which paths and times can be set anew; artifacts as they are. */
async function filesIn(state) {
  const files = {};
  for (const path of kept) {
    for (const file of await under(join(state, path))) {
      const encoding = file.endsWith('.json') ? 'utf8' : 'base64';
      files[relative(state, file)] = { encoding, content: await readFile(file, encoding) };
    }
  }
  return files;
}

/** Workspaces, logs and copies of artifacts come again by themselves. */
async function under(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (!entries) return [path];
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => !/\/host\/(?!slots\/)/.test(file));
}

async function bundles(repositories) {
  const all = {};
  for (const name of Object.keys(applications))
    all[name] = (await readFile(await repositories.bundle(name))).toString('base64');
  return all;
}

const [commit, built] = process.argv.slice(2);
if (commit === undefined) {
  process.stderr.write('error: of which commit?\nusage: node tools/upgrade/make-fixture.mjs COMMIT [FOLDER]\n');
  process.exit(2);
}
await make(commit, built);

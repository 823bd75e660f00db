// `npm test`, also `npm run check`: set-up, checks side by side, then unit, integration and e2e tests; closed by
// `N passed, N failed`. With names (`npm test unit`) only those.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { node24, prepareOrExit, root } from './prepare.mjs';
import { missingForCluster, missingForKafka, missingForOwnKafka, missingForSecuredKafka } from './kafka-needs.mjs';
import { missingForEarlierBuild } from './history-needs.mjs';
import { missingForPrometheus } from './prometheus-needs.mjs';

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const npm = (script) => ['npm', ['run', '--silent', script]];
const checks = {
  format: npm('format:check'),
  lint: npm('lint'),
  types: npm('types'),
  storefront: [node24, ['--test', join(root, 'examples', 'storefront', 'storefront.test.mjs')]],
};
const suites = [
  { name: 'unit', project: 'unit', args: ['--maxWorkers=2'] },
  // One more than the machine's two processors: they wait for servers a sixth of the time.
  { name: 'integration', project: 'integration', args: ['--maxWorkers=3'] },
  // A test that fails half-way may leave a stream open: that must not keep the run from ending.
  { name: 'e2e', project: 'e2e', args: ['--maxWorkers=3', '--forceExit'] },
  { name: 'e2e', project: 'e2e-waiting', args: ['--maxWorkers=2', '--forceExit'] },
  { name: 'e2e', project: 'e2e-alone', args: ['--runInBand', '--forceExit'] },
];
const only = process.argv.slice(2).filter((arg) => !arg.startsWith('-'));
const unknown = only.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`error: no suite ${unknown.join(', ')}\nhave: unit, integration, e2e\n`);
  process.exit(2);
}

await prepareOrExit();

const reports = mkdtempSync(join(tmpdir(), 'signalbox-test-'));
const total = { passed: 0, failed: 0 };
let broken = false;
if (only.length === 0) {
  const runs = Object.entries(checks).map(async ([name, command]) => single(name, await run(...command, 'pipe')));
  await Promise.all(runs);
}
for (const { name, project, args } of suites) {
  if (only.length > 0 && !only.includes(name)) continue;
  const report = join(reports, `${project}.json`);
  const status = await run(node24, [
    '--experimental-vm-modules',
    '--no-warnings',
    jest,
    '--selectProjects',
    project,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  broken ||= status !== 0;
  count(report);
}
rmSync(reports, { recursive: true, force: true });

const kafka = [
  ['the suites of messaging on Kafka', missingForKafka()],
  ['the suites of a cluster (demo, restarts, replicas)', missingForCluster()],
  ['the suites that stop a Kafka of their own (faults, doctor)', missingForOwnKafka()],
  ['the suite on a Kafka with TLS, users and rights', missingForSecuredKafka()],
].filter(([, needs]) => needs !== undefined);
const history = [['the fault of an earlier build beside this one', missingForEarlierBuild()]].filter(
  ([, needs]) => needs !== undefined,
);
const prometheus = [
  ['the suites with Prometheus (alert rules, a scrape of a running installation)', missingForPrometheus()],
].filter(([, needs]) => needs !== undefined);
for (const [suites, needs] of [...kafka, ...history, ...prometheus])
  process.stdout.write(`not run: ${suites}: this needs ${needs}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exit(broken || total.failed > 0 || (kafka.length > 0 && process.env.CI === 'true') ? 1 : 0);

/** A check that is one yes or no. */
function single(name, status) {
  total[status === 0 ? 'passed' : 'failed'] += 1;
  if (status !== 0) process.stdout.write(`${name} FAILED\n`);
}

function count(report) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += numPassedTests;
    // A file that could not even be loaded has no failed tests, but it has failed.
    total.failed +=
      numFailedTests +
      testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  } catch {
    total.failed += 1;
  }
}

/**
 * Resolves with the exit code. When the run is interrupted, what is under way is told to end, and nothing else begins.
 * @param output `pipe`: shown when it has ended, so that several may run at once
 */
function run(command, args, output = 'inherit') {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', output, output] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
    let interrupted = false;
    const forward = (signal) => {
      interrupted = true;
      child.kill(signal);
    };
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    child.once('close', (code) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      process.stdout.write(text);
      if (interrupted) {
        rmSync(reports, { recursive: true, force: true });
        process.exit(130);
      }
      resolve(code ?? 1);
    });
  });
}

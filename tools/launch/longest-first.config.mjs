import Sequencer from '@jest/test-sequencer';

/** Of each project, those that take longest, which nobody has measured yet on a fresh clone. */
const longest = [
  'contract/kafka.int.spec.ts',
  'contract/embedded.int.spec.ts',
  'build-coordinator/src/faults.int.spec.ts',
  'platform/src/secured-kafka.int.spec.ts',
  'deployer/src/deployer.int.spec.ts',
  'build/untraced.int.spec.ts',
  'build/image-files.int.spec.ts',
  'e2e/mistakes.e2e.ts',
  'e2e/starting.e2e.ts',
  'e2e/own-repository.e2e.ts',
  'e2e/traces.e2e.ts',
  'e2e/canary.e2e.ts',
  'waiting/faults.e2e.ts',
  'waiting/deployment-faults.e2e.ts',
  'waiting/demo.e2e.ts',
  'waiting/restarts.e2e.ts',
  'waiting/upgrade.e2e.ts',
];

/** On few workers a run is over when its last file is: the longest begin first. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const place = ({ path }) => {
      const found = longest.findIndex((file) => path.endsWith(file));
      return found < 0 ? longest.length : found;
    };
    return (await super.sort(tests)).toSorted((a, b) => place(a) - place(b));
  }
}

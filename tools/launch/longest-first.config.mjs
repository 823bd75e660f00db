import Sequencer from '@jest/test-sequencer';

const longest = [
  'contract/kafka.int.spec.ts',
  'waiting/faults.e2e.ts',
  'waiting/demo.e2e.ts',
  'waiting/restarts.e2e.ts',
];

/** On few workers the run takes as long as its longest file: that one begins first, also where nothing was measured yet. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const isLongest = ({ path }) => longest.some((file) => path.endsWith(file));
    return [...sorted.filter(isLongest), ...sorted.filter((test) => !isLongest(test))];
  }
}

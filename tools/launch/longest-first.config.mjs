import Sequencer from '@jest/test-sequencer';

/** On two workers the run takes as long as its longest file: that one begins first, also where nothing was measured yet. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const isLongest = ({ path }) => path.endsWith('contract/kafka.int.spec.ts');
    return [...sorted.filter(isLongest), ...sorted.filter((test) => !isLongest(test))];
  }
}

import Sequencer from '@jest/test-sequencer';

const longest = [
  'contract/kafka.int.spec.ts',
  'restarts.e2e.ts',
  'same-version.e2e.ts',
  'demo.e2e.ts',
  'mistakes.e2e.ts',
  'starting.e2e.ts',
];

/** Two workers are done together when the longest files begin first, also where nothing was measured yet. */
export default class LongestFirst extends Sequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    const rankOf = ({ path }) => longest.findIndex((end) => path.endsWith(end)) + 1 || longest.length + 1;
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

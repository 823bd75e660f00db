import {
  missingForCluster,
  missingForKafka,
  missingForOwnKafka,
  missingForSecuredKafka,
} from './tools/launch/kafka-needs.mjs';
import { missingForPrometheus } from './tools/launch/prometheus-needs.mjs';

/** Suites, and what this machine lacks for them; `npm test` says so at its end. */
const needs = [
  [
    missingForKafka(),
    'contract/kafka\\.int\\.spec',
    'event-source\\.kafka\\.int\\.spec',
    'kafka-topics\\.int\\.spec',
    'kafka-subscription\\.int\\.spec',
  ],
  [missingForCluster(), 'replicas\\.e2e'],
  [missingForOwnKafka(), 'silent-broker\\.int\\.spec', 'faults\\.e2e', 'planted-defects\\.e2e', 'doctor\\.e2e'],
  [missingForSecuredKafka(), 'secured-kafka\\.int\\.spec'],
  [missingForPrometheus(), 'observability/promtool\\.int\\.spec', 'observability\\.e2e'],
];
const leftOut = needs.flatMap(([lacks, ...suites]) => (lacks === undefined ? [] : suites));

/** `npm run bench -- kills` asks for it. */
if (process.env.KILLS === undefined) leftOut.push('kills\\.e2e');

const swc = {
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch,
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  moduleNameMapper: {
    '^@signalbox/(domain|messaging|persistence|chassis|testing)$': '<rootDir>/libs/$1/src/index.ts',
    '^@signalbox/(messaging|persistence)/([a-z-]+)$': '<rootDir>/libs/$1/src/$2.ts',
    '^@signalbox/([a-z-]+)$': '<rootDir>/apps/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['/dist/', '/.signalbox/', '/.nx/'],
  ...more,
});

/**
 * Three kinds of tests: unit (*.spec.ts), integration against real infrastructure (*.int.spec.ts), journeys (e2e/).
 * Of these, those under e2e/waiting are long, kill and wait for half of their time, and run two at a time; those under
 * e2e/alone judge by figures that others on the machine would blur.
 */
export default {
  testTimeout: 60_000,
  testSequencer: '<rootDir>/tools/launch/longest-first.config.mjs',
  projects: [
    project('unit', ['<rootDir>/{libs,apps,tools}/**/!(*.int).spec.ts']),
    project('integration', ['<rootDir>/{libs,apps,tools}/**/*.int.spec.ts'], {
      testPathIgnorePatterns: ['/node_modules/', ...leftOut],
    }),
    project('e2e', ['<rootDir>/e2e/**/*.e2e.ts'], {
      testPathIgnorePatterns: ['/node_modules/', '/e2e/(?:alone|waiting)/', ...leftOut],
    }),
    project('e2e-waiting', ['<rootDir>/e2e/waiting/*.e2e.ts'], {
      testPathIgnorePatterns: ['/node_modules/', ...leftOut],
    }),
    project('e2e-alone', ['<rootDir>/e2e/alone/*.e2e.ts'], {
      testPathIgnorePatterns: ['/node_modules/', ...leftOut],
    }),
  ],
};

import { defects, deploymentDefects } from './defects.js';
import type { Defect } from './defects.js';
import { deploymentFaults } from './deployment-faults.js';
import { diskFaults } from './disk-faults.js';
import type { Fault } from './fault.js';
import { executorFaults, serviceFaults } from './handler-faults.js';
import { noOpLanes, processLanes } from './lanes.js';
import type { Lane } from './load.js';
import { lostAnswerFaults } from './lost-answer-faults.js';
import { messageFaults } from './message-faults.js';
import { overloadFaults } from './overload-faults.js';
import { processFaults } from './process-faults.js';
import { serverFaults } from './server-faults.js';
import { isEachAlone, minutes } from './settings.js';
import { upgradeFaults } from './upgrade-faults.js';
import type { World, WorldOptions } from './world.js';

/** A cluster, what it releases, and what is done to it. */
export interface FaultedCluster {
  readonly what: string;
  readonly options: Omit<WorldOptions, 'folder'>;
  readonly lanes: (world: World, count: number) => Promise<Lane[]>;
  readonly applications: number;
  readonly faults: readonly Fault[];
  readonly defects: readonly Defect[];
  /** Of a long run's time. */
  readonly share: number;
}

/**
 * In `npm test`, where there is no time for all in both clusters: those of the second, in which what is written, said,
 * leased or heard may be lost.
 */
const brief = [
  'kill -9 in a loop',
  'death at each crash point',
  'paused and resumed',
  'offsets set back by 500',
  'answer to COMMIT lost',
  'database crashes',
  'broker dies',
  'broker cut off',
  'poison messages',
];
const inBoth = ['kill -9 in a loop', 'death at each crash point', 'answer to COMMIT lost'];
const isBrief = (fault: Fault) => [...deploymentFaults, ...serviceFaults].includes(fault) || brief.includes(fault.name);
const isOfTheSecond = ({ name }: Fault) => brief.includes(name) && !inBoth.includes(name);

const services = ['gateway', 'planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'];
const everywhere = [
  ...processFaults,
  ...serverFaults,
  ...lostAnswerFaults,
  ...diskFaults,
  ...messageFaults,
  ...upgradeFaults,
];
const none = 'build-coordinator=0,test-orchestrator=0,deployer=0,monitor=0,runner=0';

export const clusterOfNoOps: FaultedCluster = {
  what: 'a cluster whose stages are done by executors that do nothing',
  options: {
    name: 'no-op',
    replicas: `gateway=2,planning=2,feedback=2,${none}`,
    services: ['gateway', 'planning', 'feedback'],
    executors: 2,
  },
  lanes: noOpLanes,
  applications: isEachAlone ? 8 : 4,
  faults: [...everywhere, ...executorFaults, ...overloadFaults].filter((fault) => isEachAlone || !isOfTheSecond(fault)),
  defects: minutes > 0 ? [] : defects,
  share: 0.4,
};

/** Of a cluster whose stages are done by services. */
export const faultsOfServices: readonly Fault[] = [...deploymentFaults, ...everywhere, ...serviceFaults];

export const clusterOfProcesses: FaultedCluster = {
  what: 'a cluster that releases processes',
  options: { name: 'whole', replicas: isEachAlone ? '2' : 'planning=2,deployer=2', services, executors: 0 },
  lanes: processLanes,
  applications: 2,
  faults: faultsOfServices.filter((fault) => isEachAlone || isBrief(fault)),
  defects: minutes > 0 ? [] : deploymentDefects,
  share: 0.6,
};

import { defects, deploymentDefects } from './defects.js';
import type { Defect } from './defects.js';
import { deploymentFaults } from './deployment-faults.js';
import type { Fault } from './fault.js';
import { noOpLanes, processLanes } from './lanes.js';
import type { Lane } from './load.js';
import { messageFaults } from './message-faults.js';
import { killLoop, processFaults } from './process-faults.js';
import { serverFaults } from './server-faults.js';
import { isEachAlone, minutes } from './settings.js';
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

const services = ['gateway', 'planning', 'build-coordinator', 'test-orchestrator', 'deployer', 'monitor', 'feedback'];
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
  faults: [...processFaults, ...serverFaults, ...messageFaults],
  defects: minutes > 0 ? [] : defects,
  share: 0.7,
};

export const clusterOfProcesses: FaultedCluster = {
  what: 'a cluster that releases processes',
  options: { name: 'whole', replicas: isEachAlone ? '2' : '1', services, executors: 0 },
  lanes: processLanes,
  applications: 2,
  faults: [...deploymentFaults, killLoop],
  defects: minutes > 0 ? [] : deploymentDefects,
  share: 0.3,
};

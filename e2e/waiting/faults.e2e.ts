import { clusterOfNoOps, clusterOfProcesses } from '../faults/clusters.js';
import { faultSuite } from '../faults/fault-suite.js';
import { isEachAlone } from '../faults/settings.js';

// In `npm test` the second cluster has a file of its own, which runs beside this one.
faultSuite(isEachAlone ? [clusterOfNoOps, clusterOfProcesses] : [clusterOfNoOps]);

import { clusterOfNoOps, clusterOfProcesses } from '../faults/clusters.js';
import { faultSuite } from '../faults/fault-suite.js';
import { isEachAlone } from '../faults/settings.js';

// In `npm test` planted defects and the second cluster have files of their own, which run beside this one.
faultSuite(isEachAlone ? [clusterOfNoOps, clusterOfProcesses] : [{ ...clusterOfNoOps, defects: [] }]);

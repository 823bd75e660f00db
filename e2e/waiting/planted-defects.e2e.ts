import { clusterOfNoOps } from '../faults/clusters.js';
import { faultSuite } from '../faults/fault-suite.js';

faultSuite([{ ...clusterOfNoOps, faults: [] }]);

import { clusterOfProcesses } from '../faults/clusters.js';
import { faultSuite } from '../faults/fault-suite.js';

faultSuite([clusterOfProcesses]);

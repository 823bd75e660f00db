import { runService } from '@signalbox/chassis';
import { deployer, deployerConfig } from './index.js';

await runService(deployer, deployerConfig, process);

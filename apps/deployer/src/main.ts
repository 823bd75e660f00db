import { readConfig, runMain, startService } from '@signalbox/chassis';
import { deployer, deployerConfig } from './index.js';

await runMain('deployer', () => startService(deployer, readConfig(deployerConfig, process.env)));

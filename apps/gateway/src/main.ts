import { readConfig, runMain, startService } from '@signalbox/chassis';
import { gateway, gatewayConfig } from './index.js';

await runMain('gateway', () => startService(gateway, readConfig(gatewayConfig, process.env)));

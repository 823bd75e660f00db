import { runService } from '@signalbox/chassis';
import { gateway, gatewayConfig } from './index.js';

await runService(gateway, gatewayConfig, process);

import { counting } from './counting.js';
import { crashes } from './crashes.js';
import { handling } from './handling.js';
import { inbound } from './inbound.js';
import { randomKills } from './kills.js';
import { publishing } from './publishing.js';
import { records } from './records.js';
import type { ContractPart } from './suite.js';
import { together } from './together.js';
import { wakeUps } from './wake-ups.js';

/** Everything messaging promises, whatever the broker. */
export const contract: Readonly<Record<string, ContractPart>> = {
  publishing,
  handling,
  records,
  together,
  inbound,
  counting,
  'wake-ups': wakeUps,
  crashes,
  'random kills': randomKills,
};

import { ApplicationController } from './application/application.controller.js';
import { ManifestSchemaController } from './application/manifest-schema.controller.js';
import { FreezeController } from './gate/freeze.controller.js';
import { HoldController } from './gate/hold.controller.js';
import { OverrideController } from './gate/override.controller.js';
import { ProtectionController } from './gate/protection.controller.js';
import { QuarantineController } from './gate/quarantine.controller.js';
import { ReleaseConsumer } from './release/release.consumer.js';
import { ReleaseCommandController } from './release/release-command.controller.js';
import { ReleaseController } from './release/release.controller.js';
import { RolloutController } from './release/rollout.controller.js';
import { SlotController } from './slot/slot.controller.js';

/** All that reaches planning from outside: over HTTP and as events. */
export const controllers = [
  ApplicationController,
  ManifestSchemaController,
  ReleaseController,
  ReleaseCommandController,
  RolloutController,
  ReleaseConsumer,
  FreezeController,
  OverrideController,
  HoldController,
  QuarantineController,
  ProtectionController,
  SlotController,
];

import { Command } from 'commander';
import { addAppCommands } from './commands/app.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEventCommands } from './commands/events.js';
import { addFeedbackCommands } from './commands/feedback.js';
import { addGateCommands } from './commands/gate.js';
import { addIncidentCommands } from './commands/incident.js';
import { addParkedCommands } from './commands/parked.js';
import { addReleaseCommands } from './commands/release.js';
import { addRolloutCommands } from './commands/rollout.js';
import type { CliConfig } from './config.js';
import { addDemoCommand } from './demo/command.js';

/** The whole command line; noun, then verb. */
export function createProgram(config: CliConfig, version: string): Command {
  const program = new Command('signalbox')
    .description('release management from plan to customer feedback')
    .version(version)
    .option('-C <directory>', 'run as if started there')
    .option('--context <name>', 'who to be')
    .option('--json', 'machine-readable output')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  addAppCommands(program, config);
  addReleaseCommands(program, config);
  addRolloutCommands(program, config);
  addGateCommands(program, config);
  addEventCommands(program, config);
  addFeedbackCommands(program, config);
  addDoctorCommand(program, config);
  addIncidentCommands(program, config);
  addParkedCommands(program, config);
  addDemoCommand(program, config);
  for (const command of program.commands) overrideExits(command);
  return program;
}

/** Usage faults of subcommands end with 2 as well. */
function overrideExits(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
}

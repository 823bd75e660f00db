import type { Command } from 'commander';
import { Client } from '../client.js';
import type { CliConfig } from '../config.js';
import { createOutput } from '../output.js';
import type { Output } from '../output.js';

/** What every command has at hand. */
export interface CommandContext {
  config: CliConfig;
  /** Where `-C` points, or here. */
  directory: string;
  output: Output;
  client: Client;
}

interface GlobalOptions {
  C?: string;
  context?: string;
  json?: boolean;
}

/** Gives an action its context; the client is made when it is first used, since `app init` needs none. */
export function contextOf(command: Command, config: CliConfig): CommandContext {
  const options = command.optsWithGlobals<GlobalOptions>();
  let client: Client | undefined;
  return {
    config,
    directory: options.C ?? '.',
    output: createOutput(process, options.json === true),
    get client() {
      client ??= new Client(config.access(options.context));
      return client;
    },
  };
}

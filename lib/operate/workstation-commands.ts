import type { Command } from './command.ts';
import { produceCommand } from './commands/produce.ts';
import { commands } from './commands.ts';

/** All commands of `npm run kafka`: one line for each file of lib/operate/commands. */
export const workstationCommands: readonly Command[] = [produceCommand, ...commands];

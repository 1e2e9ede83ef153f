import type { Command } from './command.ts';
import { doctorCommand } from './commands/doctor.ts';
import { editCommand } from './commands/edit.ts';
import { lagCommand } from './commands/lag.ts';
import { listCommand } from './commands/list.ts';
import { replayCommand } from './commands/replay.ts';
import { resetCommand } from './commands/reset.ts';
import { showCommand } from './commands/show.ts';
import { tailCommand } from './commands/tail.ts';
import { topicsCommand } from './commands/topics.ts';

/** The commands that the function `operate` has too; lib/operate/workstation/commands.ts adds those of a workstation. */
export const commands: readonly Command[] = [
  tailCommand,
  topicsCommand,
  doctorCommand(),
  lagCommand,
  listCommand('dead-letters', 'the records that functions rejected'),
  showCommand('dead-letters'),
  editCommand('dead-letters'),
  replayCommand('dead-letters'),
  listCommand('failed', 'what event source mappings gave up: the documents in failure topics'),
  showCommand('failed'),
  editCommand('failed'),
  replayCommand('failed'),
  resetCommand,
];

import type { Command } from '../command.ts';
import { doctorCommand } from '../commands/doctor.ts';
import { commands } from '../commands.ts';
import { eventsGenerateCommand } from './events-generate.ts';
import { npmStartPorts } from './npm-start-ports.ts';
import { planCommand } from './plan.ts';
import { produceCommand } from './produce.ts';

/** All commands of `npm run kafka`: one line for each file of this folder, and those that the function has too. */
export const workstationCommands: readonly Command[] = [
  produceCommand,
  eventsGenerateCommand,
  planCommand,
  doctorCommand(npmStartPorts),
  ...commands.filter(({ name }) => name !== 'doctor'),
];

import { oneLine } from '../../unprintable.ts';
import { clusterFlags } from '../cluster-flags.ts';
import type { Command, Execution } from '../command.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';

interface DoctorOptions {
  readonly records: number;
}

const DEFAULT_RECORDS = 100;

/**
 * Looks for what is wrong, step by step.
 *
 * @param further - what is looked at besides the cluster
 */
export function doctorCommand(
  further: (execution: Execution) => AsyncGenerator<Finding, void> = nothing,
): Command<DoctorOptions> {
  return {
    name: 'doctor',
    summary: 'looks for what is wrong, step by step, and says how to fix it',
    flags: {
      records: {
        value: '<number>',
        says: `how many of the last records of each partition are checked with the catalogue; ${DEFAULT_RECORDS} by default`,
      },
      ...clusterFlags,
    },
    notes: ['It changes nothing. The exit code is 1 when something is wrong.'],
    read: (line) => {
      line.noWords('doctor');
      return { records: line.count('records', 0) ?? DEFAULT_RECORDS };
    },
    execute: async ({ records }, execution) => {
      const { output, signal } = execution;
      let problems = 0;
      for (const findings of [examine({ ...execution, records }), further(execution)]) {
        for await (const finding of findings) {
          if (finding.outcome === 'wrong') problems++;
          output.result(finding, () => findingText(finding));
          signal.throwIfAborted();
        }
      }
      output.note(
        problems === 0 ? 'Nothing is wrong' : `${problems} thing${problems === 1 ? ' is' : 's are'} wrong`,
      );
      return problems === 0;
    },
  };
}

const marks = { ok: 'ok     ', wrong: 'WRONG  ', skipped: 'skipped' } as const;

function findingText({ step, outcome, says, fix }: Finding): string {
  const line = `${marks[outcome]}  ${step.padEnd(13)}  ${oneLine(says)}`;
  return fix === undefined ? line : `${line}\n${' '.repeat(marks.ok.length + 2)}fix: ${oneLine(fix)}`;
}

async function* nothing(): AsyncGenerator<Finding, void> {}

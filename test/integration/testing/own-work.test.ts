import { tests } from '../../runners/own-work.ts';

test.each(Object.entries(tests))('%s', (_title, run) => run());

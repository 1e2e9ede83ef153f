import { test } from 'node:test';
import { tests } from './own-work.ts';

for (const [title, run] of Object.entries(tests)) void test(title, run);

import { test } from 'vitest';
import { tests } from './own-work.ts';

for (const [title, run] of Object.entries(tests)) test(title, run, 30_000);

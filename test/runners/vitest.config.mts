import { defineConfig } from 'vitest/config';

const conditions = ['fixture', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['test/runners/vitest.test.ts'] },
});

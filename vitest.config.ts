import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/global-setup.ts'],
    setupFiles: ['tests/seed.ts'],
    pool: 'forks',
    // Most of them wait for wires and brokers: on two cores three are nearer to what the machine can do.
    maxWorkers: 3,
    // For a busy machine. A single wait ends before its test does, so that it can say what did not come.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000, interval: 20 } },
  },
});

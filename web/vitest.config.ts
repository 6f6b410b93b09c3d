import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // What is awaited comes at once, or on a busy machine a little later; only what never comes uses these up.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // A slow machine is no failure either: no test may take part in another's time.
    maxWorkers: 2,
  },
})

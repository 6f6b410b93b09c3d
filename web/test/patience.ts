/** For so long a test waits for what comes at once on a machine that is idle. */
export const PATIENCE_MS = 150_000

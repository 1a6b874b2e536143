/**
 * How long a test waits for something of another process.
 * @module
 */

/** Milliseconds after which it hangs. Ten times what a machine with a load of ten was seen to take. */
export const PATIENCE = 480_000

/**
 * Times on the wire.
 * @module
 */

/** Unix seconds of Unix milliseconds, as OpenAI's API shows times. */
export const unixSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

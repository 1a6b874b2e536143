/**
 * CPU time of this process: a busy machine is not a slow program.
 * @module
 */
import process from 'node:process'

const ATTEMPTS = 5

/** Milliseconds for one call. */
export function cpuOf(work: () => unknown): number {
  const started = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000
}

/**
 * Milliseconds for one call: the least of up to five measurements, which end with the first below `bound`.
 * Collections of garbage and compilations come by chance. Slow code is slow each time.
 */
export function leastCpu(bound: number, work: () => unknown): number {
  let least = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && least >= bound; attempt++) least = Math.min(least, cpuOf(work))
  return least
}

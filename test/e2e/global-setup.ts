/**
 * Builds the Worker once for a suite that runs it.
 * @module
 */
import { buildWorker } from '../../scripts/build.ts'

export default async function setup(): Promise<void> {
  await buildWorker()
}

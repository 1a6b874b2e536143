/**
 * The sweep: once a minute, steps that take up whatever a crash or a lost message left behind. Every step is bounded and
 * repeatable, and no step waits for the success of another.
 * @module
 */

/** Names and counts of what a step did. */
export type SweepCounts = Readonly<Record<string, number>>
export type SweepStep = () => Promise<SweepCounts>

/**
 * Runs the steps in order.
 * @returns the sums of their counts.
 * @throws {AggregateError} of the steps' failures, after every step has run.
 */
export async function sweep(steps: readonly SweepStep[]): Promise<SweepCounts> {
  const sums: Record<string, number> = {}
  const errors: unknown[] = []
  for (const step of steps) {
    try {
      for (const [name, count] of Object.entries(await step())) sums[name] = (sums[name] ?? 0) + count
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `sweep: ${errors.map(String).join('; ')}`)
  return sums
}

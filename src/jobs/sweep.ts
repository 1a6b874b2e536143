/**
 * The sweep: once a minute, steps that resume work after a crash or a lost message. Every step is bounded and
 * repeatable, and none depends on the success of another.
 * @module
 */

/** Counts of a step's actions, by name. */
export type SweepCounts = Readonly<Record<string, number>>
export type SweepStep = () => Promise<SweepCounts>

/**
 * Runs the steps in order.
 * @returns the sums of their counts
 * @throws {AggregateError} of the steps' failures, after every step has run
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

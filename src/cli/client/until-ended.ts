/**
 * Waits for work that a job does.
 * @module
 */

const FIRST_WAIT_MILLISECONDS = 200
const LONGEST_WAIT_MILLISECONDS = 5000

/** Asks again, ever more rarely, until the work is not `in_progress`. @param again - the work as it is now */
export async function untilEnded<Work extends { readonly status: string }>(
  first: Work,
  again: () => Promise<Work>,
): Promise<Work> {
  let now = first
  for (let wait = FIRST_WAIT_MILLISECONDS; now.status === 'in_progress'; wait = Math.min(LONGEST_WAIT_MILLISECONDS, 2 * wait)) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    now = await again()
  }
  return now
}

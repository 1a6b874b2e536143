/**
 * Where golden inputs lie: whole in `../shared/golden` (or `ASSAY_GOLDEN`), which a stranger's clone does not have; committed under
 * `test/golden`, some as a subset, when their licence allows it.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const committed = fileURLToPath(new URL('../../golden', import.meta.url))
const shared = process.env['ASSAY_GOLDEN'] ?? fileURLToPath(new URL('../../../../shared/golden', import.meta.url))

/** The path of a golden file, or undefined when this machine has none. */
export function goldenPath(name: string): string | undefined {
  return [`${shared}/${name}`, `${committed}/${name}`].find((path) => existsSync(path))
}

/** Whether a set is present; when it is not, says so once, so that a skipped test is never a silent one. */
export function hasGolden(set: string): boolean {
  const present = goldenPath(set) !== undefined
  if (!present) console.warn(`golden set ${set} is absent (its licence forbids committing it): skipped`)
  return present
}

export function goldenText(name: string): string {
  const path = goldenPath(name)
  if (path === undefined) throw new Error(`golden file ${name} is absent`)
  return readFileSync(path, 'utf8')
}

// oxlint-disable-next-line typescript/no-explicit-any -- golden files are checked by the assertions themselves
export function goldenJson(name: string): any {
  return JSON.parse(goldenText(name))
}

/** Largest relative difference between two trees of numbers (absolute where the expected value is 0); other leaves must be equal. */
export function largestDifference(actual: unknown, expected: unknown, path = ''): number {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Object.is(actual, expected) || actual === expected) return 0
    return Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected))
  }
  if (typeof expected === 'object' && expected !== null && typeof actual === 'object' && actual !== null) {
    const left = Object.keys(actual).toSorted()
    const right = Object.keys(expected).toSorted()
    if (left.join('\n') !== right.join('\n'))
      throw new Error(`${path || 'top'}: keys differ: [${left.slice(0, 9)}] against [${right.slice(0, 9)}]`)
    let largest = 0
    for (const key of right) {
      const difference = largestDifference(
        (actual as Record<string, unknown>)[key],
        (expected as Record<string, unknown>)[key],
        `${path}/${key}`,
      )
      if (!(difference <= largest)) largest = difference
    }
    return largest
  }
  if (actual !== expected) throw new Error(`${path}: ${JSON.stringify(actual)} against ${JSON.stringify(expected)}`)
  return 0
}

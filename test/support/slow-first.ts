/**
 * Order of a project's files. Those that take long begin first, so that none of them is left over when
 * everything else is done. vitest knows durations only of an earlier run, and else goes by the size of a
 * file.
 * @module
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { ROOT } from '../../scripts/paths.ts'

/** Long ones among the end-to-end tests. */
const SLOW = ['memory', 'chaos', 'start', 'bad-input/bodies', 'fuzz', 'slow-bodies', 'terminal'].map(
  (name) => `test/e2e/${name}.test.ts`,
)

export class SlowFirst extends BaseSequencer {
  /** @throws {Error} if a file of the list is gone */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = SLOW.filter((file) => !existsSync(join(ROOT, file)))
    if (gone.length > 0) throw new Error(`test/support/slow-first.ts names files that are gone: ${gone.join(', ')}`)
    const place = ({ moduleId }: TestSpecification): number => {
      const found = SLOW.indexOf(relative(ROOT, moduleId))
      return found === -1 ? SLOW.length : found
    }
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's method
    const byProject = Map.groupBy(await super.sort(files), ({ project }) => project)
    return [...byProject.values()].flatMap((those) => those.toSorted((a, b) => place(a) - place(b)))
  }
}

/**
 * Items of the user's own shape in Assay's own format: `data` is the item, `sample` a model's output.
 * @module
 */
import type { Draft } from '../draft.ts'
import type { OwnLines } from '../formats/own-lines.ts'
import type { CustomItem } from './item.ts'
import { itemProblem } from './limits.ts'

export const customLines: OwnLines<Draft<CustomItem>> = {
  members: ['data', 'sample'],
  strata: [],
  read(fields, { id, cluster }, at, problems) {
    const item = problems.record(fields['data'], `${at}/data`) ?? {}
    const sample = fields['sample'] === undefined ? undefined : problems.record(fields['sample'], `${at}/sample`)
    const problem = itemProblem({ item, sample })
    if (problem !== undefined) problems.note(`${at}/data`, problem)
    return { draft: { task: 'custom' as const, id, cluster, item, ...(sample && { sample }) }, labels: [] }
  },
}

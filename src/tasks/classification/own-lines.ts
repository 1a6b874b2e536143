/**
 * Labelled pictures in Assay's own format. Their labels are those of all lines, unless a file names more.
 * @module
 */
import type { Draft } from '../draft.ts'
import type { OwnLines } from '../formats/own-lines.ts'
import { labelOf } from './candidates.ts'
import type { ClassificationItem } from './item.ts'

export const classificationLines: OwnLines<Draft<ClassificationItem>> = {
  members: ['label'],
  columns: { tell: 'label', lists: {}, id: ['image'] },
  strata: [],
  label: ({ label }) => label,
  read(fields, { id, cluster }, at, problems) {
    const label = labelOf(fields['label'], `${at}/label`, problems) ?? ''
    return { draft: { task: 'classification', id, cluster, label }, labels: [] }
  },
}

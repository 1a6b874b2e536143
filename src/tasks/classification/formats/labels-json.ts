/**
 * A folder of labelled pictures: `labels.json`, an object from file names to labels, and `names.json`, the
 * labels among which pictures are classified (`../candidates.ts`).
 * @module
 */
import { escapePointer } from '../../../contracts/json-pointer.ts'
import type { Draft } from '../../draft.ts'
import { type Format, requireRecords } from '../../format.ts'
import { candidatesOf, type GatheredLabels, labelCheckOf, labelOf, readNames } from '../candidates.ts'
import type { ClassificationItem } from '../item.ts'
import { readLabelResults } from './label-results.ts'

const NAMES = 0
const LABELS = 1

export const labelsJson: Format<string, GatheredLabels, Draft<ClassificationItem>> = {
  task: 'classification',
  layout: 'members',
  lists: [
    { file: 'names', key: '', whole: true },
    { file: 'annotations', key: '' },
  ],
  called: 'labels',
  split: 'none',
  strata: [],

  read({ list, key, value }, gathered, problems) {
    if (list === NAMES) {
      gathered.candidates = readNames(value, problems)
      return undefined
    }
    const pointer = `/${escapePointer(key!)}`
    if (key === '') problems.note(pointer, 'must be the name of a picture, is empty')
    const label = labelOf(value, pointer, problems)
    if (label === undefined) return undefined
    labelCheckOf(gathered).meet(label, pointer, problems)
    return { id: key!, data: label }
  },

  source(_gathered, counts) {
    requireRecords(counts[LABELS]!, 'labels', '', 'holds no picture')
    return {}
  },

  candidates: candidatesOf,

  join(id, [first, ...others], _source, problems) {
    if (others.length > 0) problems.annotations.note(`/${escapePointer(id)}`, 'stands there more than once')
    return {
      draft: { task: 'classification', id, cluster: id, label: first!.data },
      labels: [],
      pictures: [[id]],
      index: first!.index,
    }
  },

  readResults: (text, ids, _source, candidates = []) => readLabelResults(text, ids, candidates),
}

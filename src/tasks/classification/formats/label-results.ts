/**
 * Results of a classification: JSON Lines of `{"id": …, "answer": "cat"}`, or with a list of labels, best
 * first.
 * @module
 */
import type { Candidate } from '../../../contracts/item.ts'
import { LABELS_KEPT } from '../../../contracts/model.ts'
import { countProblem } from '../../../contracts/text-limits.ts'
import type { Problems } from '../../../files/problems.ts'
import { readItemValues } from '../../formats/item-answers.ts'
import { labelOf } from '../candidates.ts'

/**
 * @param ids - the ids of all items
 * @param candidates - the labels of the dataset
 * @returns by item id, the places of the named labels as a JSON array of at most {@link LABELS_KEPT}
 * @throws {Fault} `unprocessable` for a label that the dataset lacks, an unknown or repeated id, or an item
 *   without an answer
 */
export function readLabelResults(text: string, ids: readonly string[], candidates: readonly Candidate[]): Map<string, string> {
  const places = new Map(candidates.map(({ label }, place) => [label, place]))
  return readItemValues(text, ids, ({ answer }, pointer, problems) => placesOf(answer, `${pointer}/answer`, places, problems))
}

function placesOf(answer: unknown, pointer: string, places: ReadonlyMap<string, number>, problems: Problems): string | undefined {
  const isList = Array.isArray(answer)
  const labels: readonly unknown[] = isList ? answer : [answer]
  const fault = labels.length === 0 ? 'is empty; name at least one label' : countProblem(labels.length, places.size)
  if (fault !== undefined) {
    problems.note(pointer, fault)
    return undefined
  }
  const found = labels.map((entry, index) => placeOf(entry, isList ? `${pointer}/${index}` : pointer, places, problems))
  if (found.includes(undefined)) return undefined
  if (new Set(found).size === found.length) return JSON.stringify(found.slice(0, LABELS_KEPT))
  problems.note(pointer, 'names a label twice')
  return undefined
}

function placeOf(value: unknown, pointer: string, places: ReadonlyMap<string, number>, problems: Problems): number | undefined {
  const label = labelOf(value, pointer, problems)
  const place = label === undefined ? undefined : places.get(label)
  if (label !== undefined && place === undefined)
    problems.note(pointer, `is not a label of the dataset: ${JSON.stringify(label)}`)
  return place
}

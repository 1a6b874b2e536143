/**
 * NLVR2's examples: a JSON object per line, in files named `.json`. lil-lab/nlvr @1892484.
 * @module
 */
import { notJson } from '../../../contracts/not-json.ts'
import { consistencyGroup, imageSet } from '../../../contracts/nlvr2-identifier.ts'
import { isRecord, refuseUnstorableIn } from '../../../files/json.ts'
import type { Problems } from '../../../files/problems.ts'
import type { Draft } from '../../draft.ts'
import { type Format, requireRecords } from '../../format.ts'
import { readWhole } from '../../format-reader.ts'
import type { Nlvr2Item } from '../item.ts'
import { readNlvr2Predictions, requirePredictions } from './nlvr2-predictions.ts'

export interface Nlvr2Example {
  /** `split-set-pair-sentence`, e.g. `dev-850-0-0`. */
  readonly identifier: string
  readonly sentence: string
  /** `True` or `False` in any letter case, as in the file. */
  readonly label: string
}

export const nlvr2Examples: Format<readonly [sentence: string, label: string], object, Draft<Nlvr2Item>> = {
  task: 'nlvr2',
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'examples',
  split: 'none',
  strata: [{ name: 'consistency_group', field: 'annotations#/*/identifier', sliced: false }],

  read({ index, value }, _gathered, problems) {
    const line = (value as string).replace(/\n$/, '')
    const example = exampleOf(line, index, problems)
    if (example === undefined) return undefined
    refuseUnstorableIn(line, example, `/${index}`)
    const { identifier, sentence, label } = example
    return { id: identifier, data: [sentence, label] }
  },

  source(_gathered, [lines]) {
    requireRecords(lines!, 'examples', '', 'holds no example')
    return {}
  },

  join(identifier, [first, ...others], _source, problems) {
    for (const { index } of others)
      problems.annotations.note(`/${index}/identifier`, `${identifier} was already used by line ${first!.index + 1}`)
    const [sentence, label] = first!.data
    const pair = identifier.split('-').slice(0, 3).join('-')
    return {
      draft: { task: 'nlvr2', id: identifier, cluster: imageSet(identifier), sentence, label },
      labels: [consistencyGroup(identifier)],
      // Stems under which the pictures are stored, e.g. `dev-850-0-img0`.
      pictures: [[`${pair}-img0`], [`${pair}-img1`]],
      index: first!.index,
    }
  },

  readResults(text, ids) {
    const predictions = readNlvr2Predictions(text)
    requirePredictions(ids, predictions)
    return new Map(ids.map((id) => [id, predictions.get(id)!]))
  },
}

/**
 * Reads a whole file, in its order.
 * @throws {Fault} `unprocessable`; `/12/label` points into the 13th line. Blank lines are refused, as by
 *   `json.loads`, except a line feed at the end of the file
 */
export function readNlvr2(file: Uint8Array): Nlvr2Example[] {
  const { items } = readWhole(nlvr2Examples, { annotations: file }, { withPictures: false })
  return items.map(({ draft: { id, sentence, label } }) => ({ identifier: id, sentence, label }))
}

/** @returns undefined after recording a line's problem */
function exampleOf(line: string, index: number, problems: Problems): Nlvr2Example | undefined {
  const record = parseLine(line, index, problems)
  if (record === undefined) return undefined
  const identifier = problems.string(record['identifier'], `/${index}/identifier`)
  const label = problems.string(record['label'], `/${index}/label`)
  const sentence = problems.text(record['sentence'], `/${index}/sentence`)
  if (identifier === undefined || label === undefined || sentence === undefined) return undefined
  const parts = identifier.split('-')
  if (parts.length < 4)
    problems.note(`/${index}/identifier`, `${JSON.stringify(identifier)} is not of the form split-set-pair-sentence`)
  if (!/^(?:true|false)$/i.test(label)) problems.note(`/${index}/label`, `must be "True" or "False", is ${JSON.stringify(label)}`)
  return { identifier, sentence, label }
}

function parseLine(line: string, index: number, problems: Problems): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (isRecord(value)) return value
    problems.note(`/${index}`, `line ${index + 1} must be a JSON object`)
  } catch (error) {
    problems.note(`/${index}`, `line ${index + 1} ${notJson(error)}`)
  }
  return undefined
}

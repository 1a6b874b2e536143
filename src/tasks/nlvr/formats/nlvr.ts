/**
 * NLVR's examples: a JSON object per line, in files named `.json`, and predictions (CSV). Each example is
 * shown in all six orders of its boxes, so it becomes six items. lil-lab/nlvr @56f4bc8.
 * @module
 */
import type { Draft } from '../../draft.ts'
import { type Format, quotedFacts, requireRecords } from '../../format.ts'
import { parseLine, usedBefore } from '../../formats/json-line.ts'
import { readNlvr2Predictions, requirePredictions } from '../../nlvr2/formats/nlvr2-predictions.ts'
import type { NlvrItem } from '../item.ts'

/** Orders of three boxes. */
const ORDERS = 6

/** First parts of the official pictures' names, tried where a request names no split. */
const SPLITS = ['train', 'dev', 'test', 'hidden']

/** The sentence that an identifier belongs to: `1572` of `1572-0`. */
const sentenceOf = (identifier: string): string => identifier.split('-')[0]!

export const nlvrExamples: Format<readonly [sentence: string, label: string], object, Draft<NlvrItem>> = {
  task: 'nlvr',
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'examples',
  split: 'optional',
  strata: [{ name: 'consistency_group', field: 'annotations#/*/identifier', sliced: false }],

  read({ index, value }, _gathered, problems) {
    const line = (value as string).replace(/\n$/, '')
    if (line.trim() === '') return undefined
    const parsed = parseLine(line, `/${index}`, problems)
    const fields = parsed && problems.record(parsed.value, `/${index}`)
    if (fields === undefined) return undefined
    const identifier = problems.string(fields['identifier'], `/${index}/identifier`)
    const sentence = problems.text(fields['sentence'], `/${index}/sentence`)
    const label = problems.string(fields['label'], `/${index}/label`)
    if (identifier === undefined || sentence === undefined || label === undefined) return undefined
    if (!/^\d{1,9}-\d{1,9}$/.test(identifier))
      problems.note(`/${index}/identifier`, `must be two numbers, such as 1572-0, is ${JSON.stringify(identifier.slice(0, 60))}`)
    if (!/^(?:true|false)$/i.test(label))
      problems.note(`/${index}/label`, `must be "true" or "false", is ${JSON.stringify(label.slice(0, 60))}`)
    return Array.from({ length: ORDERS }, (_, order) => ({ id: `${identifier}-${order}`, data: [sentence, label] as const }))
  },

  source(_gathered, [lines], { split }) {
    requireRecords(lines!, 'examples', '', 'holds no example')
    return quotedFacts({ split: split ?? null })
  },

  join(id, [first, ...others], { split }, problems) {
    // Each of the six items of a repeated example would name it.
    if (id.endsWith('-0'))
      for (const { index } of others) problems.annotations.note(`/${index}/identifier`, usedBefore(id.slice(0, -2), first!.index))
    const [sentence, label] = first!.data
    const group = sentenceOf(id)
    return {
      draft: { task: 'nlvr', id, cluster: group, sentence, label },
      labels: [group],
      pictures: [(split === undefined ? SPLITS : [split]).map((each) => `${each}-${id}`)],
      index: first!.index * ORDERS + Number(id.slice(-1)),
    }
  },

  /** Lines `dev-1572-0-3.png,true`. As officially, the last duplicate wins and every item needs one. */
  readResults(text, ids) {
    const named = [...readNlvr2Predictions(text)]
    const predictions = new Map(
      named.map(([name, prediction]) => [name.split('.')[0]!.split('-').slice(1).join('-'), prediction]),
    )
    requirePredictions(ids, predictions)
    return new Map(ids.map((id) => [id, predictions.get(id)!]))
  },
}

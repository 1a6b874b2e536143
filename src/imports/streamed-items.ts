/**
 * Assay's own JSON Lines as they stream past: a question a line.
 * @module
 */
import { readItemLine, requireItems, usedBefore } from '../tasks/formats/items-jsonl.ts'
import { Problems } from '../files/problems.ts'
import type { StreamedFormat } from './streamed-format.ts'

/** Where the record stands, its cluster, question, types and answers. */
type Question = readonly [at: string, cluster: string, question: string, type: string, answerType: string, answers: string[]]

export const streamedItems: StreamedFormat = {
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'items',

  read({ index, value }, facts, problems) {
    const found = readItemLine((value as string).replace(/\n$/, ''), index, problems)
    if (found === undefined) return undefined
    const { draft, at } = found
    if (draft.task === 'retrieval') {
      problems.note(`${at}/task`, 'is retrieval, and such items need their pictures: import them within a request')
      return undefined
    }
    facts['task'] = draft.task
    const { id, cluster, question, question_type, answer_type, answers } = draft
    return { id, data: [at, cluster, question, question_type, answer_type, answers] satisfies Question }
  },

  join(id, [first, ...others], problems) {
    for (const { data } of others) problems.annotations.note(`${(data as Question)[0]}/id`, usedBefore(id, first!.index))
    const [, cluster, question, question_type, answer_type, answers] = first!.data as Question
    return {
      draft: { task: 'vqa', id, cluster, question, question_type, answer_type, answers },
      labels: [answer_type, question_type],
    }
  },

  source(facts) {
    requireItems(facts['task'] !== undefined, new Problems('items'))
    return { task: facts['task']! }
  },
}

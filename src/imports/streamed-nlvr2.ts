/**
 * NLVR2 as it streams past: a statement a line.
 * @module
 */
import { nlvr2Example } from '../tasks/nlvr2/formats/nlvr2.ts'
import { refuseLoneSurrogates } from '../files/json.ts'
import { consistencyGroup } from '../metrics/nlvr2.ts'
import { nlvr2Draft } from './drafts.ts'
import { requireLines, type StreamedFormat } from './streamed-format.ts'

export const streamedNlvr2: StreamedFormat = {
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'examples',

  read({ index, value }, _facts, problems) {
    const line = (value as string).replace(/\n$/, '')
    const example = nlvr2Example(line, index, problems)
    if (example === undefined) return undefined
    const { identifier, sentence, label } = example
    refuseLoneSurrogates(line, { identifier, sentence, label }, `/${index}`)
    return { id: identifier, data: [sentence, label] }
  },

  join(identifier, [first, ...others], problems) {
    for (const { index } of others)
      problems.annotations.note(`/${index}/identifier`, `${identifier} was already used by line ${first!.index + 1}`)
    const [sentence, label] = first!.data as [string, string]
    return { draft: nlvr2Draft({ identifier, sentence, label }), labels: [consistencyGroup(identifier)] }
  },

  source(_facts, [lines]) {
    requireLines(lines!, 'examples', 'holds no example')
    return {}
  },
}

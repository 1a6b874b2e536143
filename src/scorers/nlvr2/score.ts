/**
 * Whether a statement about two pictures was judged as its label says.
 * @module
 */
import type { Nlvr2Criterion } from '../../contracts/scorer-spec.ts'
import type { Nlvr2Item } from '../../tasks/nlvr2/item.ts'
import { isReadable, nlvr2Correct } from '../../metrics/nlvr2.ts'
import type { Criterion } from '../registry.ts'

export const nlvr2: Criterion<Nlvr2Criterion> = {
  type: 'nlvr2',
  tasks: ['nlvr2'],
  needs: ['answer'],
  columns: ['correct'],
  mergeNeeds: null,
  meanColumn: { index: 0, range: [0, 1] },
  passes: (_spec, [correct]) => correct === 1,
  score(_spec, item, { answer }) {
    if (answer === null || answer === undefined)
      return { status: 'unscored', reason: 'the subject has no answer for this statement' }
    if (!isReadable(answer))
      return { status: 'unscored', reason: `the answer is neither true nor false: ${JSON.stringify(answer.slice(0, 40))}` }
    const correct = nlvr2Correct(answer, (item as Nlvr2Item).label) ? 1 : 0
    return { status: 'scored', stats: [correct], score: correct, passed: correct === 1 }
  },
}

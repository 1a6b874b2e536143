/**
 * Whether a statement about two pictures was judged as its label says.
 * @module
 */
import type { Nlvr2Criterion } from '../contracts/criterion.ts'
import type { Nlvr2Item } from '../contracts/item.ts'
import { nlvr2Correct } from '../metrics/nlvr2.ts'
import type { Criterion } from './criterion.ts'

export const nlvr2: Criterion<Nlvr2Criterion> = {
  type: 'nlvr2',
  tasks: ['nlvr2'],
  needs: ['answer'],
  columns: ['correct'],
  mergeNeeds: null,
  score(_spec, item, { answer }) {
    if (answer === null || answer === undefined)
      return { status: 'unscored', reason: 'the subject has no answer for this statement' }
    const correct = nlvr2Correct(answer, (item as Nlvr2Item).label) ? 1 : 0
    return { status: 'scored', stats: [correct], score: correct, passed: correct === 1 }
  },
}

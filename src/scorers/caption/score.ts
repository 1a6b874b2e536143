/**
 * Caption metrics belong to a corpus; a single caption is shown with its own ROUGE-L.
 * @module
 */
import type { CaptionCriterion } from '../../contracts/scorer-spec.ts'
import type { CaptionItem } from '../../tasks/caption/item.ts'
import { tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import { rougeL } from '../../metrics/rouge-l.ts'
import type { Criterion } from '../registry.ts'

export const caption: Criterion<CaptionCriterion> = {
  type: 'caption',
  tasks: ['caption'],
  needs: ['answer'],
  /** Corpus values are computed at the merge, from the texts: the tokenizer reads all captions as one. */
  columns: ['captioned'],
  mergeNeeds: 'texts',
  meanColumn: null,
  alsoListed: ['METEOR'],
  passes: () => true,
  score(_spec, item, { answer }) {
    if (answer === null || answer === undefined) return { status: 'unscored', reason: 'the subject has no caption for this item' }
    const [candidate, ...references] = [answer, ...(item as CaptionItem).references].map((text) => tokenizeCaptions([text])[0]!)
    const rouge = rougeL(candidate!, references)
    return { status: 'scored', stats: [1], score: rouge, passed: true, details: { metric: 'ROUGE-L' } }
  },
}

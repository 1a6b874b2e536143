/**
 * Caption metrics belong to a corpus: the tokenizer reads all captions as one text. A single caption is shown
 * with its own ROUGE-L.
 * @module
 */
import type { CaptionItem } from '../../tasks/caption/item.ts'
import { tokenizeCaptions } from '../../metrics/ptb-tokenizer.ts'
import { rougeL } from '../../metrics/rouge-l.ts'
import type { ItemScore, ScoreContext } from '../scorer.ts'
import type { CaptionSpec } from './spec.ts'

export function scoreCaption({ item, output: { text, unanswered } }: ScoreContext<CaptionSpec, CaptionItem, 'text'>): ItemScore {
  if (text === null) return { status: 'unscored', reason: unanswered ?? 'the subject has no caption for this item' }
  const tokens = (caption: string) => tokenizeCaptions([caption])[0]!
  const rouge = rougeL(tokens(text), item.references.map(tokens))
  return { status: 'scored', stats: [], score: rouge, details: { metric: 'ROUGE-L' } }
}

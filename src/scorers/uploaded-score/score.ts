/**
 * An uploaded score is taken as it is.
 * @module
 */
import type { ScoreOutput } from '../../contracts/model.ts'
import type { ItemScore } from '../scorer.ts'

export function takeScore({ score }: ScoreOutput): ItemScore {
  return score === null
    ? { status: 'unscored', reason: 'no score was uploaded for this item' }
    : { status: 'scored', stats: [score], score }
}

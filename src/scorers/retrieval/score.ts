/**
 * Retrieval has no score of its own per item: ranks exist only against the whole gallery, at the merge.
 * @module
 */
import type { RetrievalCriterion } from '../../contracts/scorer-spec.ts'
import { CAPTIONS_PER_IMAGE } from '../../metrics/retrieval.ts'
import type { Criterion } from '../registry.ts'

export { CAPTIONS_PER_IMAGE }

export const retrieval: Criterion<RetrievalCriterion> = {
  type: 'retrieval',
  tasks: ['retrieval'],
  needs: ['image_embedding', 'text_embeddings'],
  columns: ['captions', 'truncated_captions', 'unknown_captions'],
  columnsBefore: 2,
  mergeNeeds: 'embeddings',
  meanColumn: null,
  passes: () => false,
  score(_spec, _item, observation) {
    const captions = observation.textEmbeddings!.slice(0, CAPTIONS_PER_IMAGE)
    const truncated = captions.filter((caption) => caption.truncated).length
    const unknown = captions.filter((caption) => caption.unknownTokens > 0).length
    return {
      status: 'scored',
      stats: [captions.length, truncated, unknown],
      score: null,
      passed: false,
      pending: 'ranks are known once the run has been merged',
      details: { captions: captions.length, truncated, unknown },
    }
  },
}

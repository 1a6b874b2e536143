/**
 * The registry of scorers: one line per scorer. The wire's union of testing criteria, row widths, the report,
 * early stopping and the leaderboard come from here.
 * @module
 */
import { z } from 'zod'
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import { caption } from './caption/scorer.ts'
import { classificationAccuracy } from './classification-accuracy/scorer.ts'
import { multiSpecOf } from './graders/multi/spec.ts'
import { labelModel } from './graders/label-model/scorer.ts'
import { scoreModel } from './graders/score-model/scorer.ts'
import { stringCheck } from './graders/string-check/scorer.ts'
import { textSimilarity } from './graders/text-similarity/scorer.ts'
import { textSimilarityAlone } from './graders/text-similarity/spec.ts'
import { imageTextSimilarity } from './image-text-similarity/scorer.ts'
import { multipleChoice } from './multiple-choice/scorer.ts'
import { nlvr } from './nlvr/scorer.ts'
import { nlvr2 } from './nlvr2/scorer.ts'
import { retrieval } from './retrieval/scorer.ts'
import type { BoundScorer, Scorer } from './scorer.ts'
import { stepLocalization } from './step-localization/scorer.ts'
import { uploadedScore } from './uploaded-score/scorer.ts'
import { vqaAccuracy } from './vqa-accuracy/scorer.ts'
import { vqaScore } from './vqa-score/scorer.ts'

export interface ScorerRegistry {
  readonly scorers: readonly [Scorer, ...Scorer[]]
  /** The union of all specifications, told apart by `type`. Parsing fills in defaults. */
  readonly spec: z.ZodType<ScorerSpec>
  /**
   * @throws {RangeError} for a type that is not registered, or a specification that its scorer cannot read.
   */
  bind(spec: ScorerSpec): BoundScorer
  /** {@link bind} for all scorers of a run, in the order of its specification. */
  bindAll(specs: readonly ScorerSpec[]): readonly BoundScorer[]
}

/**
 * @throws {RangeError} when two scorers have one type.
 * @public
 * @example
 * createScorerRegistry([...SCORERS.scorers, exactMatch])
 */
export function createScorerRegistry(scorers: readonly [Scorer, ...Scorer[]]): ScorerRegistry {
  const byType = new Map(scorers.map((scorer) => [scorer.type, scorer]))
  if (byType.size < scorers.length) throw new RangeError('two scorers have the same type')
  const [first, ...rest] = scorers
  const bind = (spec: ScorerSpec): BoundScorer => {
    const scorer = byType.get(spec.type)
    if (scorer === undefined) throw new RangeError(`there is no scorer of type ${spec.type}`)
    return scorer.bind(spec)
  }
  return {
    scorers,
    spec: z.discriminatedUnion('type', [first.spec, ...rest.map(({ spec }) => spec)], {
      error: ({ input }) => refusedType(input),
    }),
    bind,
    bindAll: (specs) => specs.map(bind),
  }
}

export const SCORERS: ScorerRegistry = createScorerRegistry([
  imageTextSimilarity,
  retrieval,
  vqaAccuracy,
  caption,
  nlvr2,
  nlvr,
  stepLocalization,
  classificationAccuracy,
  multipleChoice,
  vqaScore,
  uploadedScore,
  stringCheck,
  textSimilarity,
  labelModel,
  scoreModel,
])

/** OpenAI's grader that has no counterpart here (docs/decisions/2026-11-29-python-graders.md). */
function refusedType(spec: unknown): string | undefined {
  if (typeof spec !== 'object' || spec === null || Reflect.get(spec, 'type') !== 'python') return undefined
  return (
    'cannot be python: no Python runs in a Worker. Use string_check, text_similarity or score_model; ' +
    'or grade outside and upload the numbers (subject type scores, scorer uploaded_score)'
  )
}

const GRADERS = [stringCheck.spec, textSimilarityAlone, labelModel.spec, scoreModel.spec] as const
const refusing = { error: ({ input }: { readonly input?: unknown }) => refusedType(input) }

/** OpenAI's graders of texts, and `multi`, which judges single answers and is not a criterion. */
export const graderSpec = z.discriminatedUnion(
  'type',
  [...GRADERS, multiSpecOf(z.discriminatedUnion('type', GRADERS, refusing))],
  refusing,
)

/** Float64 columns per scorer: the widths of a run's sample rows. */
export function rowWidths(scorers: readonly BoundScorer[]): number[] {
  return scorers.map(({ columns }) => columns.length)
}

/** {@link rowWidths} of rows stored before the newest change of columns. */
export function earlierRowWidths(scorers: readonly BoundScorer[]): number[] {
  return scorers.map(({ earlierColumns }) => earlierColumns)
}

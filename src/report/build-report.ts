/**
 * Rows in, report out: a pure function whose canonical JSON is what gets digested.
 * @module
 */
import type { CriterionSpec } from '../contracts/criterion.ts'
import type { DatasetVersion, ItemColumns } from '../contracts/dataset.ts'
import type { EmbeddingEntry } from '../contracts/embedding-block.ts'
import type { CriterionReport, Report } from '../contracts/report.ts'
import type { RunSpec } from '../contracts/run.ts'
import type { SampleRow } from '../contracts/sample-row.ts'
import { foldCaption } from './fold-caption.ts'
import type { FoldInput, ItemText } from './fold-input.ts'
import { foldImageTextSimilarity } from './fold-image-text-similarity.ts'
import { foldNlvr2 } from './fold-nlvr2.ts'
import { foldRetrieval } from './fold-retrieval.ts'
import { foldStepLocalization } from './fold-step-localization.ts'
import { foldVqaAccuracy } from './fold-vqa-accuracy.ts'

export interface ReportInput {
  readonly spec: RunSpec
  readonly specDigest: string
  readonly version: DatasetVersion
  /** Of the whole dataset. */
  readonly columns: ItemColumns
  /** One an item of the selection, in ordinal order. */
  readonly rows: readonly SampleRow[]
  /** Of scored items, in ordinal order; empty unless a criterion keeps embeddings. */
  readonly embeddings: readonly EmbeddingEntry[]
  /** One an item, in ordinal order; empty unless a criterion's merge needs texts. */
  readonly texts: readonly ItemText[]
}

/** @throws {RangeError} unless the rows are exactly the selection, in order. */
export function buildReport({ spec, specDigest, version, columns, rows, embeddings, texts }: ReportInput): Report {
  if (rows.length !== spec.selection.count || rows.some((row, ordinal) => row.ordinal !== ordinal))
    throw new RangeError(`a report needs rows 0 to ${spec.selection.count - 1} in order`)
  const has = (row: SampleRow, status: string) => row.outcomes.some((outcome) => outcome.status === status)
  const errored = rows.filter((row) => has(row, 'errored')).length
  const unscored = rows.filter((row) => !has(row, 'errored') && has(row, 'unscored')).length
  return {
    schema: 'assay.report/1',
    spec: spec as unknown as Record<string, unknown>,
    spec_digest: specDigest,
    counts: { planned: rows.length, scored: rows.length - errored - unscored, errored, unscored },
    criteria: spec.criteria.map((criterion, index) =>
      foldCriterion(criterion, {
        rows: rows.map(({ ordinal, cluster, outcomes }) => ({ ordinal, cluster, ...outcomes[index]! })),
        version,
        columns,
        embeddings,
        texts,
        seed: spec.seed,
        level: spec.level,
        complete: spec.selection.count === spec.dataset.items,
      }),
    ),
  }
}

function foldCriterion(spec: CriterionSpec, input: FoldInput): CriterionReport {
  switch (spec.type) {
    case 'image_text_similarity':
      return foldImageTextSimilarity(spec, input)
    case 'retrieval':
      return foldRetrieval(spec, input)
    case 'vqa_accuracy':
      return foldVqaAccuracy(spec, input)
    case 'caption':
      return foldCaption(spec, input)
    case 'nlvr2':
      return foldNlvr2(spec, input)
    case 'step_localization':
      return foldStepLocalization(spec, input)
  }
}

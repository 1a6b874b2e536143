/**
 * Labels of a dataset and templates of a run, for models that embed them.
 * @module
 */
import type { DatasetVersion } from '../contracts/dataset.ts'
import { unprocessableField } from '../contracts/failure.ts'
import { promptsOf } from '../contracts/label-prompts.ts'
import { REFERENCE_POINTER } from './model-kind.ts'

/** Description of the member `templates`. */
export const TEMPLATES =
  'For datasets with labels: texts such as "a photo of a {}", whose vectors are averaged per label. Labels that have texts ' +
  'of their own are not put into them. Default: the label alone.'

/** Texts that a shard embeds, at 5 ms each: half of the time that an invocation has. */
const MOST_TEXTS = 16_384

/** Bytes of the labels' vectors in Float64, beside a model and its pictures. */
const MOST_VECTOR_BYTES = 16 * 2 ** 20

/**
 * @param dimensions - of the model's vectors; undefined if unknown
 * @throws {Fault} `unprocessable` for templates without labels, and for labels that cannot be embedded within
 *   a shard
 */
export function requireLabels(
  { task, candidates }: Pick<DatasetVersion, 'task' | 'candidates'>,
  templates: readonly string[] | undefined,
  dimensions: number | undefined,
): void {
  const pointer = `${REFERENCE_POINTER}/templates`
  if (candidates === undefined) {
    if (templates !== undefined)
      throw unprocessableField(pointer, `are for datasets with labels; ${task} items have none: leave them out`)
    return
  }
  const texts = promptsOf(candidates, templates).reduce((sum, { prompts }) => sum + prompts.length, 0)
  if (texts > MOST_TEXTS)
    throw unprocessableField(
      pointer,
      `${candidates.length} labels make ${texts} texts; at most ${MOST_TEXTS} can be embedded: use fewer templates or labels`,
    )
  const bytes = 8 * (dimensions ?? 0) * candidates.length
  if (bytes > MOST_VECTOR_BYTES)
    throw unprocessableField(
      '/data_source/dataset',
      `${candidates.length} labels of ${dimensions} dimensions take ${bytes} bytes; a model holds at most ${MOST_VECTOR_BYTES}: ` +
        'import the dataset with fewer labels',
    )
}

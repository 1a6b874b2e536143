/**
 * The grading models of a run, opened for a shard.
 * @module
 */
import type { Item } from '../contracts/item.ts'
import type { Model } from '../contracts/model.ts'
import type { ModelFor } from '../contracts/ports.ts'
import type { RunRecord, ShardRange } from '../contracts/run.ts'
import type { GradingEmbedder, GradingModel } from '../scorers/scorer.ts'

/** The grading models of a shard, by the name of their criterion. */
export interface Graders {
  /** Most items in progress at once, by the grading models; Infinity without any. */
  readonly concurrency: number
  of(criterion: string, item: Item): GradingModel | undefined
  embedderOf(criterion: string, item: Item): GradingEmbedder | undefined
}

export const NO_GRADERS: Graders = { concurrency: Infinity, of: () => undefined, embedderOf: () => undefined }

/**
 * Each model is opened as if it were the run's subject.
 * @throws {Error} if a model has changed since the run was planned: an infrastructure fault of the shard
 */
export async function openGraders(modelFor: ModelFor, run: RunRecord, range: ShardRange): Promise<Graders> {
  const planned = run.spec.graders ?? []
  if (planned.length === 0) return NO_GRADERS
  const models = new Map<string, Model>()
  for (const { criterion, model } of planned)
    models.set(criterion, await modelFor({ ...run, spec: { ...run.spec, subject: model } }, range))
  return {
    concurrency: Math.min(...[...models.values()].map(({ concurrency }) => concurrency)),
    of(criterion, item) {
      const model = models.get(criterion)
      return model && ((messages) => model.run({ item, output: 'text', messages }))
    },
    embedderOf(criterion, item) {
      const embed = models.get(criterion)?.embedTexts
      return embed && ((texts) => embed(item, texts))
    },
  }
}

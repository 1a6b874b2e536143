/**
 * The grading models that the criteria of an eval name.
 * @module
 */
import type { DatasetVersion } from '../../../contracts/dataset.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import { relocate } from '../../../contracts/failure-pointer.ts'
import type { GraderSpec } from '../../../contracts/run.ts'
import { REFERENCE_POINTER, type ResolvedModel } from '../../../models/model-kind.ts'
import type { BoundScorer } from '../../../scorers/scorer.ts'
import type { Services } from '../../app-context.ts'
import { namedModel } from '../../named-model.ts'

export interface PlannedGraders {
  readonly specs: readonly GraderSpec[]
  readonly models: readonly ResolvedModel[]
}

/** @throws {Fault} naming the criterion, for a model that does not exist or does not answer in words */
export async function planGraders(
  services: Services,
  tenant: string,
  scorers: readonly BoundScorer[],
  dataset: DatasetVersion,
): Promise<PlannedGraders> {
  const specs: GraderSpec[] = []
  const models: ResolvedModel[] = []
  for (const [index, { name, grader }] of scorers.entries()) {
    if (grader === null) continue
    const embeds = grader.gives === 'embeddings'
    const pointer = `/testing_criteria/${index}/model`
    const reference = await namedModel(services, tenant, grader.model, { sampling: grader.sampling }, pointer)
    const model = await relocate({ [REFERENCE_POINTER]: pointer }, () =>
      services.modelRegistry.resolve({
        tenant,
        dataset,
        reference,
        count: dataset.items,
        purpose: embeds ? 'embedder' : 'grader',
      }),
    )
    const supported = embeds || model.supports(dataset.task, 'text')
    if (supported !== true) throw unprocessableField(pointer, `a grading model answers in words: ${supported}`)
    specs.push({ criterion: name, model: model.identity })
    models.push(model)
  }
  return { specs, models }
}

/**
 * The model of a request: the one it names, or a shipped one, chosen by the kind of the picture.
 *
 * The detector needs the decoded picture, and a large picture is decoded for one model's square. So the model
 * that the file format suggests embeds it first; another one does so only if the detector then prefers it.
 * @module
 */
import type { EdgeModel, EdgeModels, PictureDomain, PictureEmbedding } from '../contracts/edge-model.ts'
import { Fault } from '../contracts/failure.ts'
import { trainedKindsOf } from '../contracts/model-manifest.ts'

/** Why the detector chose a model. */
export interface ModelChoice {
  readonly kind: PictureDomain['kind']
  readonly probability: number
  /** Ids of the models to choose from. */
  readonly among: readonly string[]
  readonly reason: string
}

export interface ChosenModel {
  readonly edgeModel: EdgeModel
  readonly picture: PictureEmbedding
  /** null: the request named the model. */
  readonly choice: ModelChoice | null
}

type Embed = (model: EdgeModel) => Promise<PictureEmbedding>

/** @throws {Fault} `not_found` if the tenant has no such model */
export async function findModel(
  edgeModels: Pick<EdgeModels, 'find'>,
  tenant: string,
  id: string,
  pointer: string,
): Promise<EdgeModel> {
  const model = await edgeModels.find(tenant, id)
  if (model === null) throw new Fault({ kind: 'not_found', resource: 'model', id, pointer })
  return model
}

/** Chooses among models, the first of equal ones. @param candidates - at least one */
export async function chooseModel(candidates: readonly EdgeModel[], bytes: Uint8Array, embed: Embed): Promise<ChosenModel> {
  const first = suggestedBy(bytes, candidates)
  const looked = await embed(first)
  const { domain } = looked
  const edgeModel = best(candidates, (model) => plausibility(model, domain))
  const picture = edgeModel === first ? looked : await embed(edgeModel)
  const choice = {
    kind: domain.kind,
    probability: domain.probability,
    among: candidates.map(({ manifest }) => manifest.id),
    reason: reasonOf(edgeModel, domain, candidates.length),
  }
  return { edgeModel, picture, choice }
}

/** Probability that the picture is of a kind that the model was trained on. */
function plausibility({ manifest }: EdgeModel, { probabilities }: PictureDomain): number {
  return (trainedKindsOf(manifest) ?? []).reduce((sum, kind) => sum + probabilities[kind], 0)
}

function reasonOf({ manifest }: EdgeModel, { kind, probability }: PictureDomain, candidates: number): string {
  const seen = `the picture is of the kind ${kind} with probability ${probability}`
  if (candidates === 1) return `${manifest.id} is the only shipped model; ${seen}`
  const knows = trainedKindsOf(manifest)?.some((one) => one === kind) ?? false
  return knows
    ? `${seen}, and ${manifest.id} was trained on such pictures`
    : `${seen}, no shipped model was trained on such pictures, and those of ${manifest.id} are the most similar`
}

/** JPEG files are mostly photographs, others mostly drawings. Only the time to the answer depends on it. */
function suggestedBy(bytes: Uint8Array, candidates: readonly EdgeModel[]): EdgeModel {
  const kind = bytes[0] === 0xff && bytes[1] === 0xd8 ? 'photograph' : 'drawing'
  return candidates.find(({ manifest }) => trainedKindsOf(manifest)?.includes(kind)) ?? candidates[0]!
}

function best<Of>(from: readonly Of[], worth: (one: Of) => number): Of {
  return from.reduce((so, one) => (worth(one) > worth(so) ? one : so))
}

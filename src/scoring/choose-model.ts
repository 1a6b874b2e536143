/**
 * The model of a request: the one it names, or a shipped one, chosen by the kind of the picture.
 *
 * The detector needs the decoded picture, and a large picture is decoded for one model's square. So it is
 * decoded for the model that the file format suggests, and once more if the detector then prefers another.
 * @module
 */
import type { EdgeModel, EdgeModels, PictureDomain, PictureEmbedding, PictureLook } from '../contracts/edge-model.ts'
import { Fault } from '../contracts/failure.ts'
import { trainedKindsOf } from '../contracts/model-manifest.ts'
import type { Turn } from '../contracts/turn.ts'

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
  /** The model's turn, which the caller leaves. */
  readonly turn: Turn
}

type Look = (model: EdgeModel, undecided: boolean) => Promise<PictureLook>

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

/**
 * Looks at a picture in the model's turn, and embeds it if it is `wanted`.
 * @returns the kind alone, with the turn left, where it is not
 */
async function lookIn(
  edgeModel: EdgeModel,
  look: Look,
  wanted?: (domain: PictureDomain) => boolean,
): Promise<Omit<ChosenModel, 'choice'> | { readonly domain: PictureDomain }> {
  const turn = await edgeModel.enter()
  let kept = false
  try {
    const looked = await look(edgeModel, wanted !== undefined)
    if (wanted?.(looked.domain) === false) return { domain: looked.domain }
    const picture = await looked.embed()
    kept = true
    return { edgeModel, picture, turn }
  } finally {
    if (!kept) turn.leave()
  }
}

/** Embeds a picture in the model's turn. */
export async function embedIn(edgeModel: EdgeModel, look: Look): Promise<Omit<ChosenModel, 'choice'>> {
  const seen = await lookIn(edgeModel, look)
  if ('turn' in seen) return seen
  throw new Error('a picture that is wanted is embedded')
}

/** Chooses among models, the first of equal ones. @param candidates - at least one */
export async function chooseModel(candidates: readonly EdgeModel[], bytes: Uint8Array, look: Look): Promise<ChosenModel> {
  const first = suggestedBy(bytes, candidates)
  const bestFor = (domain: PictureDomain): EdgeModel => best(candidates, (model) => plausibility(model, domain))
  const looked = await lookIn(first, look, (domain) => bestFor(domain) === first)
  const chosen = 'turn' in looked ? looked : await embedIn(bestFor(looked.domain), look)
  const { edgeModel } = chosen
  const { domain } = chosen.picture
  const choice = {
    kind: domain.kind,
    probability: domain.probability,
    among: candidates.map(({ manifest }) => manifest.id),
    reason: reasonOf(edgeModel, domain, candidates.length),
  }
  return { ...chosen, choice }
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

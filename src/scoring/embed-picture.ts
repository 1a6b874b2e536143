/**
 * The first half of a request: its model, its cost, and the picture as a vector. The picture's bytes are
 * needed no longer.
 * @module
 */
import type { EdgeModel, ImageFacts, PictureEmbedding } from '../contracts/edge-model.ts'
import { at } from '../contracts/failure-pointer.ts'
import { release } from '../contracts/release.ts'
import type { Turn } from '../contracts/turn.ts'
import { type ChosenModel, chooseModel, embedIn, findModel, type ModelChoice } from './choose-model.ts'
import { type Asker, promptCount, type ScoringPorts, type ScoringRequest } from './request.ts'

/** A picture's facts, as an answer states them. */
export interface PictureFacts {
  /** SHA-256 of the bytes, in hex. */
  readonly sha256: string
  readonly mediaType: ImageFacts['media_type']
  readonly bytes: number
  /** Pixels, after EXIF orientation. */
  readonly width: number
  readonly height: number
}

/** A request whose picture is embedded. */
export interface EmbeddedRequest extends ScoringRequest {
  readonly scope: string
  readonly edgeModel: EdgeModel
  /** null: the request named the model. */
  readonly choice: ModelChoice | null
  readonly domain: PictureEmbedding['domain']
  readonly inDomain: boolean
  /** About the picture. */
  readonly warnings: PictureEmbedding['warnings']
  readonly vector: Float32Array
  readonly picture: PictureFacts & Pick<PictureEmbedding, 'decoded'>
  /** `bypass`: this deployment keeps no embeddings. */
  readonly cache: 'hit' | 'miss' | 'bypass'
  /** Milliseconds per stage. */
  readonly timings: Map<string, number>
  /** The model's turn: leave it when the texts are embedded. */
  readonly turn: Turn
}

/**
 * Finds the model, charges the sender, and embeds the picture. The picture's buffer is released, also after a
 * failure.
 * @throws {Fault} `not_found` for an unknown model; `rate_limited` or `too_large` where the budget does not
 * allow the request; `bad_image`, `unsupported_media` or `too_large` for the picture
 */
export async function embedPicture(
  ports: ScoringPorts,
  asker: Asker,
  request: ScoringRequest,
  bytes: Uint8Array,
): Promise<EmbeddedRequest> {
  try {
    return await admitAndEmbed(ports, asker, request, bytes)
  } finally {
    // Also after a refusal: four refused pictures would stay in memory until V8 collects.
    release(bytes)
  }
}

async function admitAndEmbed(
  { edgeModels }: ScoringPorts,
  { tenant, scope, spend }: Asker,
  request: ScoringRequest,
  bytes: Uint8Array,
): Promise<EmbeddedRequest> {
  const { model, places, question } = request
  const named = model === null ? null : await findModel(edgeModels, tenant, model, places.model)
  await at(places.classify, () => spend(promptCount(question)))

  const timings = new Map<string, number>()
  const look = (by: EdgeModel, undecided: boolean) => at(places.image, () => by.look(bytes, scope, recorder(timings), undecided))
  const chosen: ChosenModel =
    named === null
      ? await chooseModel(await edgeModels.shipped(tenant), bytes, look)
      : { ...(await embedIn(named, look)), choice: null }
  const { vector, header, sha256, cache, decoded, domain, inDomain, warnings } = chosen.picture
  const picture = {
    sha256,
    mediaType: header.media_type,
    bytes: bytes.byteLength,
    width: header.orientedWidth,
    height: header.orientedHeight,
    decoded,
  }
  const { edgeModel, choice, turn } = chosen
  return { ...request, scope, edgeModel, choice, domain, inDomain, warnings, vector, picture, cache, timings, turn }
}

/** Adds up the milliseconds of each stage. */
export function recorder(timings: Map<string, number>): (stage: string, milliseconds: number) => void {
  return (stage, milliseconds) => timings.set(stage, (timings.get(stage) ?? 0) + milliseconds)
}

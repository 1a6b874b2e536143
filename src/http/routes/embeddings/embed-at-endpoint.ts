/**
 * Vectors of a model at a configured endpoint.
 * @module
 */
import { addressDigest } from '../../../contracts/endpoint-address.ts'
import { at } from '../../../contracts/failure-pointer.ts'
import { unprocessableField } from '../../../contracts/failure.ts'
import type { Principal } from '../../../contracts/records.ts'
import type { Warning } from '../../../contracts/warning.ts'
import { describePicture } from '../../../imports/pictures.ts'
import type { CallEndpoint } from '../../../models/endpoint/call-endpoint.ts'
import { createTextEmbedder, embedPicture } from '../../../models/endpoint/embeddings/embed-inputs.ts'
import type { Embedded } from '../../../models/endpoint/embeddings/embeddings-response.ts'
import type { SentPicture } from '../../../models/endpoint/picture-policy.ts'
import type { Services } from '../../app-context.ts'
import { withEndpoint } from '../../call-endpoint.ts'
import type { EndpointModel } from '../../named-model.ts'
import { pictureSource } from '../../stored-pictures.ts'
import { type EmbeddingCreate, placedInputs } from './schema.ts'

interface Asker extends EndpointModel {
  readonly services: Services
  readonly principal: Principal
}

/** @throws {Fault} as `withEndpoint`; `not_found` for a picture that is not stored */
export async function embedAtEndpoint(asker: Asker, request: EmbeddingCreate) {
  const { services, principal, endpoint, model } = asker
  const embedded = await withEndpoint(services, principal, endpoint, '/model', ({ call }) =>
    request.modality === 'text' ? textVectors(asker, request, call) : pictureVectors(asker, request, call),
  )
  const warnings: readonly Warning[] = []
  return {
    vectors: embedded.flatMap(({ vectors }) => vectors).map((vector) => ({ vector, warnings })),
    tokens: embedded.reduce((sum, { usage }) => sum + (usage?.prompt_tokens ?? 0), 0),
    identity: { endpoint: endpoint.name, address_digest: await addressDigest(endpoint.baseUrl), model },
  }
}

async function textVectors({ endpoint, model }: Asker, request: EmbeddingCreate, call: CallEndpoint): Promise<Embedded[]> {
  const { encoding } = endpoint.settings.embeddings
  const embed = createTextEmbedder(call, { model, encoding, dimensions: request.dimensions })
  return [
    await embed(
      '',
      placedInputs(request.input).map(({ value }) => value),
    ),
  ]
}

async function pictureVectors(asker: Asker, { input, dimensions }: EmbeddingCreate, call: CallEndpoint): Promise<Embedded[]> {
  const { endpoint, model } = asker
  if (dimensions !== undefined) throw unprocessableField('/dimensions', 'is for texts; leave it out with pictures')
  const { encoding, images } = endpoint.settings.embeddings
  const embedded: Embedded[] = []
  for (const { place, value } of placedInputs(input))
    embedded.push(await embedPicture(call, { model, encoding, input: images }, await at(place, () => openPicture(asker, value))))
  return embedded
}

async function openPicture({ services, principal: { tenant }, endpoint }: Asker, text: string): Promise<SentPicture> {
  const source = pictureSource(text)
  if (source instanceof Uint8Array) return { mediaType: (await describePicture(source)).media_type, bytes: source }
  const image = await services.catalogue.images.find(tenant, source.id.slice('img_'.length))
  return services.openPicture(tenant, endpoint)(image)
}

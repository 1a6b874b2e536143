/**
 * `/v1/embeddings`: vectors of texts or pictures, by an edge model or at a configured endpoint.
 * @module
 */
import { toBase64 } from '../../../contracts/base64.ts'
import type { EdgeModel } from '../../../contracts/edge-model.ts'
import { at } from '../../../contracts/failure-pointer.ts'
import { Fault, invalidField } from '../../../contracts/failure.ts'
import type { Principal } from '../../../contracts/records.ts'
import { type EmbeddedInput, embedOnePicture, embedTexts } from '../../../scoring/embed-inputs.ts'
import type { AppContext } from '../../app-context.ts'
import { scopeOf } from '../../authorization.ts'
import { findEndpoint, modelNamed } from '../../named-model.ts'
import { route } from '../../route.ts'
import { pictureSource, usePictures } from '../../stored-pictures.ts'
import { identityOf } from '../score/answers.ts'
import { embedAtEndpoint } from './embed-at-endpoint.ts'
import { createEmbeddings } from './operations.ts'
import { type EmbeddingCreate, type EmbeddingList, placedInputs } from './schema.ts'

/** Milliseconds for which a request under a key counts as in flight: pictures go to an endpoint in turn. */
const FLIGHT_MS = 12 * 60_000

export const embeddingRoutes = [
  route(createEmbeddings, async ({ context, principal, readJson, createOnce }) => {
    const request = await readJson()
    return createOnce({ request, status: 200, flight: FLIGHT_MS, make: () => embed(context, principal, request) })
  }),
]

async function embed(context: AppContext, principal: Principal, request: EmbeddingCreate): Promise<EmbeddingList> {
  const { services } = context.env
  const { tenant } = principal
  const named = await modelNamed(request.model, {
    endpoint: (name) => findEndpoint(services, tenant, name),
    edge: async (id) => {
      if ((await services.answeringModels.find(tenant, id)) !== null)
        throw invalidField('/model', `${id} answers and does not embed; use assay-clip or assay-photo`)
      return services.edgeModels.find(tenant, id)
    },
  })
  if (named === null) throw new Fault({ kind: 'not_found', resource: 'model', id: request.model, pointer: '/model' })
  const { vectors, tokens, identity } =
    'endpoint' in named
      ? await embedAtEndpoint({ services, principal, ...named }, request)
      : await embedAtEdge(context, named, request)
  return {
    object: 'list',
    model: request.model,
    data: vectors.map(({ vector, warnings }, index) => ({
      object: 'embedding',
      index,
      embedding: request.encoding_format === 'base64' ? littleEndian(vector) : [...vector],
      warnings: [...warnings],
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    identity,
  }
}

async function embedAtEdge(context: AppContext, model: EdgeModel, request: EmbeddingCreate) {
  const { dimensions } = model.manifest.embedding
  if (request.dimensions !== undefined && request.dimensions !== dimensions)
    throw invalidField('/dimensions', `must be ${dimensions}, the number of ${request.model}: vectors are not shortened`)
  const vectors = await embedAll(context, model, request, placedInputs(request.input))
  const tokens = vectors.reduce((sum, { tokens: count }) => sum + count, 0)
  return { vectors, tokens, identity: identityOf(model.identity) }
}

type Inputs = ReturnType<typeof placedInputs>

async function embedAll(
  context: AppContext,
  model: EdgeModel,
  { modality }: EmbeddingCreate,
  inputs: Inputs,
): Promise<EmbeddedInput[]> {
  if (modality === 'text')
    return embedTexts(
      model,
      inputs.map(({ value }) => value),
      (index) => inputs[index]!.place,
    )
  const embedded: EmbeddedInput[] = []
  for (const { place, value } of inputs) {
    embedded.push(
      await usePictures(
        context,
        [at(place, () => pictureSource(value))],
        () => place,
        ([bytes]) => at(place, () => embedOnePicture(model, bytes!, scopeOf(context))),
      ),
    )
  }
  return embedded
}

/** Float32 values, little-endian, in base64. */
function littleEndian(vector: Float32Array): string {
  const bytes = new Uint8Array(4 * vector.length)
  const view = new DataView(bytes.buffer)
  vector.forEach((value, index) => view.setFloat32(4 * index, value, true))
  return toBase64(bytes)
}

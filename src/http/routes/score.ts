/**
 * `POST /v1/score`: one picture, one or many texts, a number each with its whole identity.
 * @module
 */
import { fromBase64 } from '../../contracts/base64.ts'
import { sha256Hex } from '../../contracts/digest.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'
import { release } from '../../contracts/release.ts'
import { MAX_TEXTS, scoreRequest, scoreResponse, type ScoreResponse } from '../../contracts/wire/score.ts'
import { scorePair } from '../../criteria/image-text-similarity.ts'
import type { App, AppContext, Services } from '../app-context.ts'
import { admitVisitor, requireKey, spendAnonymously, tenantOf } from '../authorization.ts'
import { describe } from '../openapi.ts'
import {
  check,
  declaredLength,
  fieldName,
  formText,
  mediaType,
  optionalFormFile,
  optionalFormText,
  readFormWithFile,
  readJson,
  refuseUnknownFields,
} from '../request-body.ts'

/** 8 MiB of picture, and 64 texts. */
const FORM_LIMIT = 9 * 1024 * 1024

/** A `data:` URI passes through strings of its size, which nobody can give back: larger pictures come by multipart, or by id. */
const JSON_LIMIT = 1.5 * 1024 * 1024

/** What a body may take while it is read, in multiples of its length: the body itself and its parts, or text and value. */
const FORM_WEIGHT = 1
const JSON_WEIGHT = 4

interface ScoreInput {
  readonly model: string
  readonly texts: readonly string[]
  readonly variant: ScoreResponse['variant']
  readonly image: Uint8Array
  /** What the request calls its parts, for errors. */
  readonly named: { readonly image: string; readonly model: string; text(index: number): string }
}

const IN_JSON = { image: '/image', model: '/model', text: (index: number) => `/texts/${index}` } as const
const IN_FORM = { image: 'image', model: 'model', text: () => 'text' } as const

export function scoreRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/score',
    summary: 'Score how well texts fit a picture',
    tag: 'score',
    json: scoreRequest,
    form: { image: 'file', text: 'text', model: 'text', variant: 'text' },
    response: scoreResponse,
    open: true,
  })
  app.post('/v1/score', async (context) => {
    const { services } = context.env
    // Before anything is read: visitors may not make us work for nothing.
    if (context.get('principal') === null) await admitVisitor(context, services)
    if (mediaType(context) === 'multipart/form-data') {
      const length = declaredLength(context) ?? FORM_LIMIT
      return services.admit(FORM_WEIGHT * length, async () => score(context, await readScoreForm(context)))
    }
    const length = declaredLength(context) ?? JSON_LIMIT
    const answer = await services.admit(JSON_WEIGHT * length, async () => {
      const request = await readJson(context, scoreRequest, JSON_LIMIT, 'JSON body (larger pictures go by multipart/form-data)')
      const { image, ...fields } = request
      return typeof image === 'string'
        ? score(context, { ...fields, image: bytesOfDataUri(image), named: IN_JSON })
        : { image, fields }
    })
    if (answer instanceof Response) return answer
    const { tenant } = requireKey(context)
    const stored = await findStored(services, tenant, answer.image.id)
    return services.admit(stored.bytes, async () => {
      const image = await services.uploads.readImage(tenant, stored.sha256)
      return score(context, { ...answer.fields, image, named: IN_JSON })
    })
  })
}

async function score(context: AppContext, input: ScoreInput): Promise<Response> {
  const { services } = context.env
  const encoder = await services.encoders.find(tenantOf(context), input.model)
  if (encoder === null) throw new Fault({ kind: 'not_found', resource: 'model', id: input.model, pointer: input.named.model })
  if (context.get('principal') === null) await spendAnonymously(services, input.texts.length)

  const timings = new Map<string, number>()
  const onStage = (stage: string, milliseconds: number) => timings.set(stage, (timings.get(stage) ?? 0) + milliseconds)
  const picture = await embedPicture(() => encoder.embedImage(input.image, onStage), input.named.image)
  const data: ScoreResponse['data'] = []
  for (const [index, text] of input.texts.entries()) {
    const embedding = await embedPicture(() => encoder.embedText(text, onStage), input.named.text(index))
    const { cosine, score } = scorePair(picture.vector, embedding, input.variant)
    data.push({ index, text, score, cosine, tokens: embedding.tokens, truncated: embedding.truncated })
  }
  const { model_digest, preprocessing_digest, runtime } = await encoder.identity()
  const body: ScoreResponse = {
    object: 'score',
    model: input.model,
    metric: 'clipscore',
    variant: input.variant,
    image: {
      sha256: await sha256Hex(input.image),
      media_type: picture.header.media_type,
      bytes: input.image.byteLength,
      width: picture.header.orientedWidth,
      height: picture.header.orientedHeight,
    },
    data,
    identity: { model_digest, preprocessing_digest, runtime },
  }
  if (services.reportsTimings && context.req.header('x-assay-timings') !== undefined)
    context.header('server-timing', [...timings].map(([stage, ms]) => `${stage};dur=${ms.toFixed(3)}`).join(', '))
  release(input.image)
  return context.json(body)
}

async function readScoreForm(context: AppContext): Promise<ScoreInput> {
  const { form, content } = await readFormWithFile(context, FORM_LIMIT, 'image')
  refuseUnknownFields(form, ['image', 'text', 'model', 'variant'])
  const file = optionalFormFile(form, 'image')
  if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
  const texts = form.getAll('text')
  if (texts.length === 0) formText(form, 'text')
  if (texts.length > MAX_TEXTS)
    throw invalidField('text', `at most ${MAX_TEXTS} texts are scored a request, this has ${texts.length}`)
  const fields = check(
    scoreRequest.pick({ model: true, variant: true, texts: true }),
    { model: optionalFormText(form, 'model'), variant: optionalFormText(form, 'variant'), texts },
    (path) => (path[0] === 'texts' ? 'text' : fieldName(path)),
  )
  return { ...fields, image: content ?? new Uint8Array(await file.arrayBuffer()), named: IN_FORM }
}

async function findStored(services: Services, tenant: string, id: string): Promise<{ sha256: string; bytes: number }> {
  try {
    return await services.catalogue.images.find(tenant, id.replace(/^img_/, ''))
  } catch (error) {
    throw error instanceof Fault && error.failure.kind === 'not_found'
      ? new Fault({ kind: 'not_found', resource: 'image', id, pointer: '/image/id' })
      : error
  }
}

const DATA_URI = /^data:image\/(png|jpeg|webp);base64,/

function bytesOfDataUri(uri: string): Uint8Array {
  const head = DATA_URI.exec(uri)?.[0]
  if (head === undefined) throw invalidField('/image', 'must be a data: URI of image/png, image/jpeg or image/webp in base64')
  const bytes = fromBase64(uri.slice(head.length))
  if (bytes === null) throw invalidField('/image', 'the data: URI is not valid base64')
  return bytes
}

/** Says which of the request's parts an encoder refused. */
async function embedPicture<T>(embed: () => Promise<T>, pointer: string): Promise<T> {
  try {
    return await embed()
  } catch (error) {
    if (
      error instanceof Fault &&
      !('errors' in error.failure) &&
      !('pointer' in error.failure && error.failure.pointer !== undefined)
    )
      throw new Fault({ ...error.failure, pointer } as typeof error.failure, { cause: error })
    throw error
  }
}

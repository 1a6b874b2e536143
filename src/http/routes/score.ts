/**
 * `POST /v1/score`: one picture, one or many texts, a number each with its whole identity.
 * @module
 */
import { fromBase64 } from '../../contracts/base64.ts'
import { sha256Hex } from '../../contracts/digest.ts'
import { Fault, invalidField } from '../../contracts/failure.ts'
import { MAX_TEXTS, scoreRequest, scoreResponse, type ScoreResponse } from '../../contracts/wire/score.ts'
import { scorePair } from '../../criteria/image-text-similarity.ts'
import type { App, AppContext, Services } from '../app-context.ts'
import { ANONYMOUS_TENANT, spendAnonymously } from '../authorization.ts'
import { describe } from '../openapi.ts'
import {
  check,
  formText,
  mediaType,
  optionalFormFile,
  optionalFormText,
  readForm,
  readJson,
  refuseUnknownFields,
} from '../request-body.ts'

/** 8 MiB of picture in base64, and 64 texts. */
const BODY_LIMIT = 12 * 1024 * 1024

interface ScoreInput {
  readonly model: string
  readonly texts: readonly string[]
  readonly variant: ScoreResponse['variant']
  readonly image: Uint8Array
  /** Where the picture was, for errors. */
  readonly pointer: string
}

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
    const input =
      mediaType(context) === 'multipart/form-data' ? await readScoreForm(context) : await readScoreJson(context, services)
    const encoder = services.encoders.find(input.model)
    if (encoder === null) throw new Fault({ kind: 'not_found', resource: 'model', id: input.model, pointer: '/model' })
    if (context.get('principal') === null) await spendAnonymously(context, services, input.texts.length)

    const timings = new Map<string, number>()
    const onStage = (stage: string, milliseconds: number) => timings.set(stage, (timings.get(stage) ?? 0) + milliseconds)
    const picture = await embedPicture(() => encoder.embedImage(input.image, onStage), input.pointer)
    const data: ScoreResponse['data'] = []
    for (const [index, text] of input.texts.entries()) {
      const embedding = await embedPicture(() => encoder.embedText(text, onStage), `/texts/${index}`)
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
    return context.json(body)
  })
}

async function readScoreForm(context: AppContext): Promise<ScoreInput> {
  const form = await readForm(context, BODY_LIMIT)
  refuseUnknownFields(form, ['image', 'text', 'model', 'variant'])
  const file = optionalFormFile(form, 'image')
  if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
  const texts = form.getAll('text')
  if (texts.length === 0) formText(form, 'text')
  if (texts.length > MAX_TEXTS)
    throw invalidField('text', `at most ${MAX_TEXTS} texts are scored a request, this has ${texts.length}`)
  if (texts.some((text) => typeof text !== 'string')) throw invalidField('text', 'must be text, not a file')
  const fields = check(scoreRequest.pick({ model: true, variant: true }), {
    model: optionalFormText(form, 'model'),
    variant: optionalFormText(form, 'variant'),
  })
  return { ...fields, texts: texts as string[], image: new Uint8Array(await file.arrayBuffer()), pointer: 'image' }
}

async function readScoreJson(context: AppContext, services: Services): Promise<ScoreInput> {
  const { model, texts, variant, image } = await readJson(context, scoreRequest, BODY_LIMIT)
  const common = { model, texts, variant, pointer: '/image' }
  if (typeof image === 'string') return { ...common, image: bytesOfDataUri(image) }
  const tenant = context.get('principal')?.tenant ?? ANONYMOUS_TENANT
  const stored = await services.catalogue.images.find(tenant, image.id.replace(/^img_/, '')).catch((error: unknown) => {
    throw error instanceof Fault && error.failure.kind === 'not_found'
      ? new Fault({ kind: 'not_found', resource: 'image', id: image.id, pointer: '/image/id' })
      : error
  })
  return { ...common, image: await services.uploads.readImage(tenant, stored.sha256) }
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

/**
 * `POST /v1/score`: one picture, and texts to score or labels to classify it among; every number with its whole identity.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { fromBase64 } from '../../contracts/base64.ts'
import { invalidField } from '../../contracts/failure.ts'
import { at } from '../../contracts/failure-pointer.ts'
import { release } from '../../contracts/release.ts'
import { classifyResponse, promptsOf } from '../../contracts/wire/classify.ts'
import { MAX_TEXTS, scoreQuestion, scoreRequest, scoreResponse } from '../../contracts/wire/score.ts'
import type { App, AppContext } from '../app-context.ts'
import { admitVisitor, requireKey } from '../authorization.ts'
import { pointerOf } from '../field-errors.ts'
import { formTexts, holdForm, optionalFormFile, optionalFormText, refuseUnknownFields } from '../body/form.ts'
import { cutDataUri, isBase64Head, STAND_IN } from '../body/json-picture.ts'
import { describe } from '../openapi.ts'
import { parseJson } from '../body/parse-json.ts'
import { holdJson } from '../body/json-body.ts'
import { mediaType } from '../body/media-type.ts'
import { check, fieldName } from '../check.ts'
import { classify } from './score-labels.ts'
import { type Asked, askAbout, type Names, type Question } from './score-picture.ts'
import { scoreTexts } from './score-texts.ts'

/** 8 MiB of picture, and 64 texts or the prompts of 1000 labels. */
const FORM_LIMIT = 9 * 1024 * 1024

/** A `data:` URI passes through strings of its size, which nobody can give back: larger pictures come by multipart, or by id. */
const JSON_LIMIT = 1.5 * 1024 * 1024

/** The prompts of 1000 labels, as JSON. */
const TEXT_LIMIT = 1024 * 1024

const IN_JSON: Names = {
  image: '/image',
  model: '/model',
  classify: '/classify',
  text: (index) => `/texts/${index}`,
  label: (index) => `/classify/labels/${index}`,
}
const IN_FORM: Names = {
  image: 'image',
  model: 'model',
  classify: 'classify',
  text: () => 'text',
  label: (index) => `classify#/labels/${index}`,
}

export function scoreRoutes(app: App): void {
  describe(app, {
    method: 'post',
    path: '/v1/score',
    operationId: 'scorePicture',
    summary: 'Score how well texts fit a picture, or classify it among labels',
    tag: 'score',
    refuses: [404, 422],
    json: scoreRequest,
    form: { image: 'file', text: 'text', classify: 'text', model: 'text', variant: 'text' },
    response: z.union([scoreResponse, classifyResponse]),
    open: true,
  })
  app.post('/v1/score', async (context) => {
    const { services } = context.env
    // Before anything is read: visitors may not make us work for nothing.
    if (context.get('principal') === null) await admitVisitor(context, services)
    const asked = mediaType(context) === 'multipart/form-data' ? await readScoreForm(context) : await readScoreJson(context)
    // The picture is a vector by now, and its bytes are given back.
    const body =
      asked.task.type === 'texts' ? await scoreTexts(asked, asked.task) : await classify(asked, asked.task, services.labelSets)
    if (services.reportsTimings && context.req.header('x-assay-timings') !== undefined)
      context.header('server-timing', [...asked.timings].map(([stage, ms]) => `${stage};dur=${ms.toFixed(3)}`).join(', '))
    return context.json(body)
  })
}

function readScoreForm(context: AppContext): Promise<Asked> {
  return holdForm(context, { limit: FORM_LIMIT, textLimit: TEXT_LIMIT }, async (form) => {
    if (form.some(({ field }) => field === 'texts'))
      throw invalidField('texts', 'is called text in a form: send a field text for each text')
    refuseUnknownFields(form, ['image', 'text', 'classify', 'model', 'variant'])
    const file = optionalFormFile(form, 'image')
    if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
    const texts = formTexts(form, 'text')
    if (texts.length > MAX_TEXTS)
      throw invalidField('text', `at most ${MAX_TEXTS} texts are scored a request, this has ${texts.length}`)
    const classify = optionalFormText(form, 'classify')
    const fields = {
      model: optionalFormText(form, 'model'),
      variant: optionalFormText(form, 'variant'),
      texts: texts.length > 0 ? texts : undefined,
      classify:
        classify === undefined ? undefined : at('classify', () => parseJson(new TextEncoder().encode(classify), 'classify')),
    }
    const question = check(scoreQuestion, fields, (path) =>
      path[0] === 'texts'
        ? 'text'
        : path[0] === 'classify' && path.length > 1
          ? `classify#${pointerOf(path.slice(1))}`
          : fieldName(path),
    )
    return askAbout(context, questionOf(question, IN_FORM), file.view ?? (await file.bytes()))
  })
}

async function readScoreJson(context: AppContext): Promise<Asked> {
  const { services } = context.env
  const what = 'JSON body (larger pictures go by multipart/form-data)'
  const read = await holdJson(context, JSON_LIMIT, what, async (body) => {
    const { picture, request } = pictureAndRequest(body)
    if (typeof request === 'object' && request !== null && 'text' in request)
      throw invalidField('/text', 'is called texts in JSON, and is a list of texts')
    const { image, ...fields } = check(scoreRequest, request)
    const question = questionOf(fields, IN_JSON)
    if (typeof image !== 'string') return { question, id: image.id }
    return { asked: await askAbout(context, question, picture?.() ?? bytesOfDataUri(image)) }
  })
  if (read.asked !== undefined) return read.asked
  const { tenant } = requireKey(context)
  const stored = await at('/image/id', () => services.catalogue.images.find(tenant, read.id.slice('img_'.length)))
  return services.admit(stored.bytes, async () =>
    askAbout(context, read.question, await services.uploads.readImage(tenant, stored.sha256)),
  )
}

/** `picture` where the body's bytes hold it in the form that needs no strings; else it is in `request`, and the body is given back. */
function pictureAndRequest(body: Uint8Array): { picture?: () => Uint8Array; request: unknown } {
  const cut = cutDataUri(body)
  if (cut !== null) {
    const request = parsedOrNothing(cut.rest)
    if ((request as { image?: unknown } | null)?.image === STAND_IN) return { picture: cut.picture, request }
  }
  const request = parseJson(body)
  release(body)
  return { request }
}

/** What is wrong with the rest of a body is told of the whole, where its positions count. */
function parsedOrNothing(rest: Uint8Array): unknown {
  try {
    return parseJson(rest)
  } catch {
    return null
  }
}

function questionOf({ model, texts, classify, variant }: z.infer<typeof scoreQuestion>, named: Names): Question {
  return {
    model,
    named,
    task:
      classify === undefined
        ? { type: 'texts', texts: texts!, variant: variant ?? 'clipscore-2.5' }
        : { type: 'labels', labels: promptsOf(classify) },
  }
}

function bytesOfDataUri(uri: string): Uint8Array {
  const head = uri.slice(0, uri.indexOf(',') + 1)
  if (!isBase64Head(head))
    throw invalidField('/image', 'must be a data: URI of image/png, image/jpeg or image/webp in base64: data:image/png;base64,…')
  const bytes = fromBase64(uri.slice(head.length))
  if (bytes === null) throw invalidField('/image', 'the data: URI is not valid base64')
  return bytes
}

/**
 * Reads a scoring request from a multipart form or a JSON body.
 * @module
 */
import { pointerOf } from '../../../contracts/json-pointer.ts'
import type { z } from 'zod'
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import { release } from '../../../contracts/release.ts'
import { labelPrompts } from '../../../contracts/label-prompts.ts'
import { SHRINK_PICTURE } from '../../../contracts/picture-advice.ts'
import type { Places, ScoringRequest } from '../../../scoring/request.ts'
import type { AppContext } from '../../app-context.ts'
import { requireKey } from '../../authorization.ts'
import { bytesOfDataUri } from '../../body/data-uri.ts'
import { holdForm } from '../../body/form.ts'
import type { Form } from '../../body/form-entries.ts'
import { formTexts, optionalFormFile, optionalFormText, refuseUnknownFields } from '../../body/form-fields.ts'
import { holdJson, JSON_LIMIT } from '../../body/json-body.ts'
import { mediaType } from '../../body/media-type.ts'
import { parseJson } from '../../body/parse-json.ts'
import { check, fieldName } from '../../check.ts'
import { askByForm, asks, formAsks, readAskJson, type UseQuestion, askWithPictures } from './question-request.ts'
import { askRequest, MAX_TEXTS, scoreQuestion, scoreRequest } from './schema.ts'

const FORM_BOUNDS = {
  /** 8 MiB of picture, and 64 texts or the prompts of 1000 labels. */
  limit: 9 * 2 ** 20,
  /** The prompts of 1000 labels in JSON. */
  textLimit: 2 ** 20,
  remedy: `a picture may have 8 MiB: ${SHRINK_PICTURE}`,
}

const JSON_BOUNDS = {
  limit: JSON_LIMIT,
  what: 'a JSON body',
  remedy:
    'send a larger picture as a file (multipart/form-data), or store it by POST /v1/images and send {"image": {"id": "img_…"}}',
}

const IN_JSON: Places = {
  image: '/image',
  model: '/model',
  classify: '/classify',
  text: (index) => `/texts/${index}`,
  label: (index) => `/classify/labels/${index}`,
}

const IN_FORM: Places = {
  image: 'image',
  model: 'model',
  classify: 'classify',
  text: () => 'text',
  label: (index) => `classify#/labels/${index}`,
}

/**
 * Uses a request and its picture. The bytes are the callback's until it ends; the memory for them is admitted
 * that long.
 */
export type UseRequest<T> = (request: ScoringRequest, picture: Uint8Array) => Promise<T>

/** @throws {Fault} for a body that is not such a request, or a stored picture that does not exist */
export function readScoringRequest<T, U>(context: AppContext, use: UseRequest<T>, ask: UseQuestion<U>): Promise<T | U> {
  return mediaType(context) === 'multipart/form-data' ? readForm(context, use, ask) : readJsonBody(context, use, ask)
}

function readForm<T, U>(context: AppContext, use: UseRequest<T>, ask: UseQuestion<U>): Promise<T | U> {
  return holdForm(context, FORM_BOUNDS, async (form): Promise<T | U> => {
    if (formAsks(form)) return askByForm(form, ask)
    if (form.some(({ field }) => field === 'texts'))
      throw invalidField('texts', 'is called text in a form: send a field text for each text')
    refuseUnknownFields(form, ['image', 'text', 'classify', 'model', 'variant'])
    const file = optionalFormFile(form, 'image')
    if (file === undefined) throw invalidField('image', 'is missing: send a picture as a file')
    const request = scoringRequest(check(scoreQuestion, questionFields(form), placeInForm), IN_FORM)
    return use(request, file.view ?? (await file.bytes()))
  })
}

function questionFields(form: Form) {
  const texts = formTexts(form, 'text')
  if (texts.length > MAX_TEXTS)
    throw invalidField('text', `at most ${MAX_TEXTS} texts are scored per request, this has ${texts.length}`)
  const classify = optionalFormText(form, 'classify')
  return {
    model: optionalFormText(form, 'model'),
    variant: optionalFormText(form, 'variant'),
    texts: texts.length > 0 ? texts : undefined,
    classify: classify && at('classify', () => parseJson(new TextEncoder().encode(classify), 'classify')),
  }
}

/** The name of a path within the checked fields, as the form has it. */
function placeInForm(path: readonly PropertyKey[]): string {
  if (path[0] === 'texts') return 'text'
  return path[0] === 'classify' && path.length > 1 ? `classify#${pointerOf(path.slice(1))}` : fieldName(path)
}

async function readJsonBody<T, U>(context: AppContext, use: UseRequest<T>, ask: UseQuestion<U>): Promise<T | U> {
  const { services } = context.env
  const read = await holdJson(context, JSON_BOUNDS, async (body) => {
    const value = parseJson(body)
    release(body)
    if (asks(value)) {
      const asked = readAskJson(value, askRequest)
      return asked.pictures.some((picture) => !(picture instanceof Uint8Array))
        ? { asked }
        : { used: await askWithPictures(context, asked, ask) }
    }
    if (typeof value === 'object' && value !== null && 'text' in value)
      throw invalidField('/text', 'is called texts in JSON, and is a list of texts')
    const { image, ...question } = check(scoreRequest, value)
    const request = scoringRequest(question, IN_JSON)
    if (typeof image !== 'string') return { request, id: image.id }
    return {
      used: await use(
        request,
        at(IN_JSON.image, () => bytesOfDataUri(image)),
      ),
    }
  })
  if ('used' in read) return read.used as T | U
  if ('asked' in read) return askWithPictures(context, read.asked!, ask)
  const { tenant } = requireKey(context)
  const stored = await at('/image/id', () => services.catalogue.images.find(tenant, read.id.slice('img_'.length)))
  return services.admit(stored.bytes, async () => use(read.request, await services.uploads.readImage(tenant, stored.sha256)))
}

function scoringRequest({ model, texts, classify, variant }: z.infer<typeof scoreQuestion>, places: Places): ScoringRequest {
  const question =
    classify === undefined
      ? { kind: 'texts' as const, texts: texts ?? [], variant: variant ?? ('clipscore-2.5' as const) }
      : { kind: 'labels' as const, labels: labelPrompts(classify.labels, classify.templates) }
  return { model: model ?? null, question, places }
}

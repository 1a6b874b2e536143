/**
 * Reads a question or a statement from the fields of a JSON body or a form.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { AskRequest } from '../../../scoring/ask-pictures.ts'
import type { AppContext } from '../../app-context.ts'
import { requireKey } from '../../authorization.ts'
import { bytesOfDataUri } from '../../body/data-uri.ts'
import type { Form } from '../../body/form-entries.ts'
import { formFiles, optionalFormText, refuseUnknownFields } from '../../body/form-fields.ts'
import { check, fieldName } from '../../check.ts'
import { type AskFields, askFields, type askRequestOf, shownCandidates } from './question-schema.ts'

/** Uses a question and its pictures. The bytes are the callback's until it ends. */
export type UseQuestion<T> = (request: AskRequest, pictures: readonly Uint8Array[]) => Promise<T>

/** Whether a JSON body asks instead of scoring. */
export const asks = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ('question' in value || 'statement' in value)

export const formAsks = (form: Form): boolean => form.some(({ field }) => field === 'question' || field === 'statement')

export interface ReadAsk {
  readonly request: AskRequest
  /** Bytes, or the id of a stored picture. */
  readonly pictures: readonly (Uint8Array | { readonly id: string })[]
}

export function readAskJson(value: unknown, schema: ReturnType<typeof askRequestOf>): ReadAsk {
  const { image, images, ...fields } = check(schema, value)
  const places = {
    model: '/model',
    picture: (index: number) => (images === undefined ? '/image' : `/images/${index}`),
    skill: (skill: string) => `/${skill}`,
  }
  const references = images ?? [image!]
  const pictures = references.map((reference, index) =>
    typeof reference === 'string' ? at(places.picture(index), () => bytesOfDataUri(reference)) : reference,
  )
  return { request: askRequest(fields, places), pictures }
}

/** @throws {Fault} for a form that is not such a request */
export async function askByForm<T>(form: Form, use: UseQuestion<T>): Promise<T> {
  refuseUnknownFields(form, ['image', 'question', 'statement', 'top', 'model'])
  const top = optionalFormText(form, 'top')
  const fields = check(
    askFields,
    {
      model: optionalFormText(form, 'model'),
      question: optionalFormText(form, 'question'),
      statement: optionalFormText(form, 'statement'),
      top: top === undefined ? undefined : Number(top),
    },
    fieldName,
  )
  const files = formFiles(form, 'image')
  const most = fields.question === undefined ? 2 : 1
  if (files.length === 0) throw invalidField('image', 'is missing: send a picture as a file')
  if (files.length > most) {
    const about = most === 2 ? 'a statement is about one picture or two' : 'a question is about one picture'
    throw invalidField('image', `is sent ${files.length} times; ${about}`)
  }
  const pictures: Uint8Array[] = []
  // Releasing a view releases the form, and with it the other picture.
  for (const file of files) pictures.push(files.length === 1 && file.view !== null ? file.view : await file.bytes())
  return use(askRequest(fields, { model: 'model', picture: () => 'image', skill: (skill) => skill }), pictures)
}

/** The pictures' bytes; stored ones are read with the request's key. */
export async function usePictures<T>(context: AppContext, { request, pictures }: ReadAsk, use: UseQuestion<T>): Promise<T> {
  const { services } = context.env
  const stored: { readonly index: number; readonly tenant: string; readonly sha256: string; readonly bytes: number }[] = []
  for (const [index, picture] of pictures.entries()) {
    if (picture instanceof Uint8Array) continue
    const { tenant } = requireKey(context)
    const found = await at(`${request.places.picture(index)}/id`, () =>
      services.catalogue.images.find(tenant, picture.id.slice('img_'.length)),
    )
    stored.push({ index, tenant, sha256: found.sha256, bytes: found.bytes })
  }
  return services.admit(
    stored.reduce((sum, { bytes }) => sum + bytes, 0),
    async () => {
      const files = [...pictures]
      for (const { index, tenant, sha256 } of stored) files[index] = await services.uploads.readImage(tenant, sha256)
      return use(request, files as Uint8Array[])
    },
  )
}

function askRequest({ model, question, statement, top }: AskFields, places: AskRequest['places']): AskRequest {
  const asked = question === undefined ? { statement: statement ?? '' } : { question, top: shownCandidates(top) }
  return { model: model ?? null, asked, places }
}

/**
 * Reads a question, a statement or the wish for a caption from the fields of a JSON body or a form.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { AskedText, AskRequest } from '../../../scoring/ask-pictures.ts'
import type { AppContext } from '../../app-context.ts'
import { bytesOfDataUri } from '../../body/data-uri.ts'
import type { Form } from '../../body/form-entries.ts'
import { formFiles, formTexts, optionalFormText, refuseUnknownFields } from '../../body/form-fields.ts'
import { check, fieldName } from '../../check.ts'
import { type PictureSource, usePictures } from '../../stored-pictures.ts'
import { type AskFields, askFields, type askRequestOf, shownCandidates } from './question-schema.ts'

/** Uses a question and its pictures. The bytes are the callback's until it ends. */
export type UseQuestion<T> = (request: AskRequest, pictures: readonly Uint8Array[]) => Promise<T>

/** Whether a JSON body asks instead of scoring. */
export const asks = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && ASKING.some((field) => field in value)

export const formAsks = (form: Form): boolean => form.some(({ field }) => ASKING.includes(field))

const ASKING = ['question', 'statement', 'caption']

export interface ReadAsk {
  readonly request: AskRequest
  readonly pictures: readonly PictureSource[]
}

export function readAskJson(value: unknown, schema: ReturnType<typeof askRequestOf>): ReadAsk {
  const { image, images, ...fields } = check(schema, value)
  const places = {
    model: '/model',
    picture: (index: number) => (images === undefined ? '/image' : `/images/${index}`),
    skill: (skill: string) => `/${skill}`,
    include: '/include',
  }
  const references = images ?? [image!]
  const pictures = references.map((reference, index) =>
    typeof reference === 'string' ? at(places.picture(index), () => bytesOfDataUri(reference)) : reference,
  )
  return { request: askRequest(fields, places), pictures }
}

/** @throws {Fault} for a form that is not such a request */
export async function askByForm<T>(form: Form, use: UseQuestion<T>): Promise<T> {
  refuseUnknownFields(form, ['image', ...ASKING, 'top', 'model', 'include'])
  const top = optionalFormText(form, 'top')
  const caption = optionalFormText(form, 'caption')
  const included = formTexts(form, 'include')
  const fields = check(
    askFields,
    {
      model: optionalFormText(form, 'model'),
      question: optionalFormText(form, 'question'),
      statement: optionalFormText(form, 'statement'),
      caption: caption === 'true' ? true : caption,
      top: top === undefined ? undefined : Number(top),
      include: included.length > 0 ? included : undefined,
    },
    fieldName,
  )
  const files = formFiles(form, 'image')
  const most = fields.statement === undefined ? 1 : 2
  if (files.length === 0) throw invalidField('image', 'is missing: send a picture as a file')
  if (files.length > most) {
    const about = most === 2 ? 'a statement is about one picture or two' : 'this is about one picture'
    throw invalidField('image', `is sent ${files.length} times; ${about}`)
  }
  const pictures: Uint8Array[] = []
  // Releasing a view releases the form, and with it the other picture.
  for (const file of files) pictures.push(files.length === 1 && file.view !== null ? file.view : await file.bytes())
  return use(
    askRequest(fields, { model: 'model', include: 'include', picture: () => 'image', skill: (skill) => skill }),
    pictures,
  )
}

/** The pictures' bytes; stored ones are read with the request's key. */
export const askWithPictures = <T>(context: AppContext, { request, pictures }: ReadAsk, use: UseQuestion<T>): Promise<T> =>
  usePictures(
    context,
    pictures,
    (index) => `${request.places.picture(index)}/id`,
    (files) => use(request, files),
  )

function askRequest({ model, include = [], ...fields }: AskFields, places: AskRequest['places']): AskRequest {
  return { model: model ?? null, asked: askedText(fields), attention: include.includes('attention'), places }
}

function askedText({ question, statement, caption, top }: Omit<AskFields, 'model' | 'include'>): AskedText {
  if (caption) return { skill: 'caption', top: shownCandidates(top) }
  if (question !== undefined) return { skill: 'question', question, top: shownCandidates(top) }
  return { skill: 'statement', statement: statement ?? '' }
}

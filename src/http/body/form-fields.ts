/**
 * Fields of a form by name, refused by name.
 * @module
 */
import { invalidField } from '../../contracts/failure.ts'
import { type Form, type FormEntry, type FormFile, MUST_BE_A_FILE } from './form-entries.ts'
import { unsafeText } from './parse-json.ts'

const named = (form: Form, field: string): FormEntry[] => form.filter((entry) => entry.field === field)

/** All texts of a field, in order. @throws {Fault} `invalid` if one is a file */
export function formTexts(form: Form, field: string): string[] {
  return named(form, field).map(({ text }) => {
    if (text === null) throw invalidField(field, 'must be text, not a file')
    const wrong = unsafeText(text)
    if (wrong !== undefined) throw invalidField(field, wrong)
    return text
  })
}

/** The text of a field. @throws {Fault} `invalid` if it is missing, repeated or a file */
export function formText(form: Form, field: string): string {
  const value = optionalFormText(form, field)
  if (value === undefined) throw invalidField(field, 'is missing')
  return value
}

/** The text of a field; undefined without one. @throws {Fault} `invalid` if it is repeated or a file */
export function optionalFormText(form: Form, field: string): string | undefined {
  const values = formTexts(form, field)
  if (values.length > 1) throw invalidField(field, 'was given more than once')
  return values[0]
}

/**
 * All files of a field, in order.
 * @throws {Fault} `invalid` for a text, or for a file name that cannot be stored
 */
export function formFiles(form: Form, field: string): FormFile[] {
  return named(form, field).map((entry) => {
    if (!entry.isFile) throw invalidField(field, MUST_BE_A_FILE)
    const wrong = entry.name.length > 255 ? 'must have a file name of at most 255 characters' : unsafeText(entry.name)
    if (wrong !== undefined) throw invalidField(field, wrong)
    return entry
  })
}

/** The file of a field; undefined without one. @throws {Fault} `invalid` if it is repeated or a text */
export function optionalFormFile(form: Form, field: string): FormFile | undefined {
  const files = formFiles(form, field)
  if (files.length > 1) throw invalidField(field, 'was given more than once')
  return files[0]
}

/**
 * @throws {Fault} `invalid` for a field that is not read: a misspelt one must not fall back to a default
 * silently
 */
export function refuseUnknownFields(form: Form, known: readonly string[]): void {
  for (const { field } of form)
    if (!known.includes(field)) throw invalidField(field, `is not a known field; known are ${known.join(', ')}`)
}

/**
 * Bodies of requests: JSON, forms, and the tiny datasets spoiled in one place.
 * @module
 */
import { karpathyFile, retrievalForm, vqaFiles, vqaForm } from '../../support/tiny-datasets.ts'
import type { Request } from './case.ts'

export const json = (value: unknown, type = 'application/json'): Request => ({
  headers: { 'content-type': type },
  body: typeof value === 'string' ? value : JSON.stringify(value),
})

export function formOf(fields: Record<string, string | Blob | readonly (string | Blob)[]>): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields))
    for (const value of Array.isArray(values) ? (values as (string | Blob)[]) : [values as string | Blob])
      form.append(name, value)
  return form
}

export const fileForm = (content: string | Uint8Array<ArrayBuffer>) =>
  formOf({ purpose: 'evals', file: new File([content], 'results.json') })

export const blob = (bytes: Uint8Array, name = 'picture.png') => new File([new Uint8Array(bytes)], name)

/** Metadata of so many keys. */
export const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key ${index}`, 'value']))

/** A form with some fields set, or taken away. */
export function changed(form: FormData, fields: Record<string, string | Blob | null>): Request {
  for (const [name, value] of Object.entries(fields)) {
    form.delete(name)
    if (value !== null) form.set(name, value)
  }
  return { body: form }
}

export const karpathyWith = (change: (file: ReturnType<typeof karpathyFile>) => void) => () => {
  const file = karpathyFile(2)
  change(file)
  return { body: retrievalForm('wrong', 2, file) }
}
export const vqaWith =
  (change: (files: ReturnType<typeof vqaFiles>) => void, count = 2) =>
  () => {
    const files = vqaFiles(count)
    change(files)
    return { body: vqaForm('wrong', 2, files) }
  }

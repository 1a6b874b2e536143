/**
 * `expires_after` of files: OpenAI's `{anchor, seconds}`, in JSON and as fields of a form.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { check } from '../../check.ts'
import type { Form } from '../../body/form-entries.ts'
import { optionalFormText } from '../../body/form-fields.ts'

/** An hour to thirty days, as OpenAI has it. */
const [LEAST_SECONDS, MOST_SECONDS] = [3600, 2_592_000]

const anchor = z.literal('created_at')
const seconds = z.int().min(LEAST_SECONDS).max(MOST_SECONDS).describe('Seconds after the file is made; an hour to thirty days.')

export const expiresAfter = z.strictObject({ anchor, seconds }).describe('The file is deleted then. Kept without it.')

const ANCHOR = 'expires_after[anchor]'
const SECONDS = 'expires_after[seconds]'

/** Names of the form's fields, as OpenAI's SDKs write them. */
export const expiryFields = { [ANCHOR]: anchor.optional(), [SECONDS]: seconds.optional() }

/** @throws {Fault} `invalid`, naming the field */
export function formExpiry(form: Form): z.output<typeof expiresAfter> | undefined {
  const given = { anchor: optionalFormText(form, ANCHOR), seconds: optionalFormText(form, SECONDS) }
  if (given.anchor === undefined && given.seconds === undefined) return undefined
  return check(
    expiresAfter,
    { anchor: given.anchor, seconds: given.seconds === undefined ? undefined : wholeNumber(given.seconds) },
    ([member]) => (member === 'anchor' ? ANCHOR : SECONDS),
  )
}

/** Any other text stays a text, so that the check refuses it. */
const wholeNumber = (text: string): number | string => (/^\d{1,15}$/.test(text) ? Number(text) : text)

/** Milliseconds for which a file is kept. */
export const lifetimeOf = (expiry: z.output<typeof expiresAfter> | undefined): number | undefined =>
  expiry && 1000 * expiry.seconds

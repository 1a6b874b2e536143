/**
 * Members of a delivery's payload in the run that it starts: `{{payload.after}}` and the like.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import { asDisplayName } from '../../../contracts/display-name.ts'
import { escapePointer } from '../../../contracts/json-pointer.ts'
import { unsafeText } from '../../body/parse-json.ts'
import { bracesProblem, fillText, placeholdersIn, stepsOf, valueAt } from '../../../tasks/placeholder.ts'

/** Where a run may have placeholders: names and models. Nothing else of it is the sender's. */
const PLACES: readonly RegExp[] = [
  /^\/name$/,
  /^\/metadata\/[^/]+$/,
  /^\/data_source\/(?:model|revision)$/,
  /^\/data_source\/subject\/(?:name|model|revision)$/,
]
/** Places of names that people read. */
const NAME = /^\/(?:data_source\/subject\/)?name$/
/** Places that decide which model is asked. */
const MODEL = /\/(?:model|revision)$/
/** Placeholders of prompts, which runs fill themselves. */
const OF_PAYLOAD = /^payload(?:$|[.[])/
/** Longest text of a run. */
const MOST_CHARACTERS = 512

type Json = Readonly<Record<string, unknown>>

/**
 * Checks where a template of a run names members of the payload.
 * @returns whether its model depends on the payload, and so can be checked only at a delivery
 * @throws {Fault} `invalid`, naming the place, for a placeholder elsewhere or one that is not a path
 */
export function checkPlaceholders(run: Json): { readonly namesModel: boolean } {
  let namesModel = false
  eachText(run, '', (text, pointer) => {
    const isFilled = PLACES.some((place) => place.test(pointer))
    const problem = isFilled ? payloadProblem(text) : undefined
    if (problem !== undefined) throw invalidField(pointer, problem)
    for (const { name, text: written } of placeholdersIn(text)) {
      if (!isFilled && !OF_PAYLOAD.test(name)) continue
      if (!isFilled)
        throw invalidField(
          pointer,
          `has the placeholder ${written}, which stands only in name, metadata, and the name, model and revision of the model`,
        )
      namesModel ||= MODEL.test(pointer)
    }
  })
  return { namesModel }
}

/** Why a delivery can never fill a text; undefined if one may. */
export function payloadProblem(text: string): string | undefined {
  const wrong = placeholdersIn(text).find(
    ({ name }) => name === 'payload' || !OF_PAYLOAD.test(name) || stepsOf(name) === undefined,
  )
  if (wrong !== undefined) return `has the placeholder ${wrong.text}, which is not a path such as {{payload.commits[0].id}}`
  return bracesProblem(text, 'payload.after')
}

/**
 * Fills a text, a run, or any other JSON, where {@link checkPlaceholders} allows placeholders.
 * @throws {Fault} `invalid`, naming the place and the placeholder that the payload has no value for, or why
 *   its value cannot stand in a run
 */
export function fillRun(run: Json, payload: unknown): Json {
  return replaced(run, '', (text, pointer) =>
    PLACES.some((place) => place.test(pointer)) ? at(pointer, () => shown(filled(text, payload), pointer)) : text,
  ) as Json
}

/** The sender did not write its texts as names: the message of a commit has line breaks. */
const shown = (text: string, pointer: string): string => (NAME.test(pointer) ? asDisplayName(text) : text)

/** A payload is not this API's JSON, so its texts are checked as those of a request are. */
function filled(text: string, payload: unknown): string {
  for (const placeholder of placeholdersIn(text)) {
    if (valueAt(placeholder, { payload }) === null)
      throw invalidField('', `the placeholder ${placeholder.text} has no value: the payload has null there`)
  }
  const found = fillText(text, { payload }, MOST_CHARACTERS)
  const wrong = unsafeText(found)
  if (wrong !== undefined) throw invalidField('', `${wrong}; the payload has such a text`)
  return found
}

/** Placeholders filled with a commit's digits, to check everything else of a run. */
export function sampleRun(run: Json): Json {
  return replaced(run, '', (text, pointer) =>
    PLACES.some((place) => place.test(pointer)) ? text.replace(/\{\{[^{}]*\}\}/g, '0') : text,
  ) as Json
}

/** Whether a run has a placeholder that a payload fills. */
export function namesPayload(run: Json): boolean {
  let names = false
  eachText(run, '', (text, pointer) => {
    names ||= PLACES.some((place) => place.test(pointer)) && placeholdersIn(text).length > 0
  })
  return names
}

function eachText(value: unknown, pointer: string, visit: (text: string, pointer: string) => void): void {
  replaced(value, pointer, (text, place) => {
    visit(text, place)
    return text
  })
}

/** A copy with every text replaced. Runs are at most a few levels deep: their schema was checked. */
function replaced(value: unknown, pointer: string, by: (text: string, pointer: string) => string): unknown {
  if (typeof value === 'string') return by(value, pointer)
  if (Array.isArray(value)) return value.map((each, index) => replaced(each, `${pointer}/${index}`, by))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, replaced(each, `${pointer}/${escapePointer(name)}`, by)]),
  )
}

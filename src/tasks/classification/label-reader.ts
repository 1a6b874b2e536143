/**
 * Reads which of many labels an answer names.
 * @module
 */
import type { Candidate } from '../../contracts/item.ts'
import type { Reading } from '../answers/reader.ts'
import { readShortAnswer } from '../answers/reader.ts'

/** Most characters of an answer in a reason. */
const QUOTED = 60

/** Openings of a sentence that names one thing. */
const OPENING =
  /^(?:(?:it|this|that|the (?:picture|image|photo)) (?:is|shows|depicts|contains) |(?:label|class|category): ?)?(?:an? |the )?/

/** Marks that may stand around a label. */
const BEFORE = ' "\'`*(['
const AFTER = ' "\'`*.,;:!])'

/** Letters of one case, single spaces, and no marks at the ends. */
function plain(text: string): string {
  const spaced = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s_]+/g, ' ')
  let [start, end] = [0, spaced.length]
  while (start < end && BEFORE.includes(spaced[start]!)) start++
  while (end > start && AFTER.includes(spaced[end - 1]!)) end--
  return spaced.slice(start, end)
}

/** The form without an opening: `It is a cat.` → `cat`. */
const thing = (text: string): string => plain(text).replace(OPENING, '')

/**
 * The label that an answer names, by the label itself or by a text that describes it. Case, marks around it
 * and an article play no part. An answer that names none, or fits several, is unreadable.
 * @example
 * readLabel('It is a tabby cat.', [{ label: 'tabby cat' }, { label: 'dog' }]) // { answer: 'tabby cat' }
 */
export function readLabel(text: string, candidates: readonly Candidate[]): Reading {
  const reading = readShortAnswer(text)
  if ('unreadable' in reading) return reading
  const { answer } = reading
  if (candidates.some(({ label }) => label === answer)) return { answer }
  for (const form of [plain, thing]) {
    const wanted = form(answer)
    const named = candidates.filter(({ label, prompts = [] }) => [label, ...prompts].some((each) => form(each) === wanted))
    if (wanted !== '' && named.length === 1) return { answer: named[0]!.label }
    if (named.length > 1) return { unreadable: `the answer fits ${named.length} labels: ${quoted(answer)}` }
  }
  return { unreadable: `the answer is none of the ${candidates.length} labels: ${quoted(answer)}` }
}

const quoted = (answer: string): string => JSON.stringify(answer.slice(0, QUOTED).toWellFormed())

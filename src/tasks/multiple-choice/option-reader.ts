/**
 * Reads which option an answer names.
 * @module
 */
import { readShortAnswer, type Reading } from '../answers/reader.ts'
import { readLabel } from '../classification/label-reader.ts'
import { letterOf, placeOfLetter } from './item.ts'

/** Most characters of an answer in a reason. */
const QUOTED = 60

/** A letter alone, in brackets or with a mark, at most after `option`. */
const ALONE = /^(?:option |choice )?\(?([a-z])\)?[.:]?$/i
/** A capital letter and a mark before the rest, or `B is correct`. */
const FIRST = /^(?:option |choice )?(?:\(([A-Z])\)|([A-Z])[.):]|([A-Z])(?= is (?:the )?(?:correct|right)\b))\s*/i

/**
 * The option that an answer names, by its letter or by its text. A letter means the option that it stands
 * before, even if another option has that letter as its text.
 * @returns the option's text
 * @example
 * readOption('(B) two dogs', ['a cat', 'two dogs']) // { answer: 'two dogs' }
 */
export function readOption(text: string, options: readonly string[]): Reading {
  const reading = readShortAnswer(text)
  if ('unreadable' in reading) return reading
  const answer = reading.answer.replaceAll(/\*\*|__/g, '')
  const alone = ALONE.exec(answer)?.[1]
  if (alone !== undefined) return optionAt(alone, options, answer)
  // "p.m." is the text of an option, and not the letter P before "m.".
  const same = options.filter((option) => folded(option) === folded(answer))
  if (same.length === 1) return { answer: same[0]! }
  const [opening = '', ...letters] = FIRST.exec(answer) ?? []
  const letter = letters.find((each) => each !== undefined)
  const candidates = options.map((label) => ({ label }))
  if (letter === undefined) return named(readLabel(answer, candidates), options, answer)
  const found = optionAt(letter, options, answer)
  const rest = readLabel(answer.slice(opening.length), candidates)
  if ('answer' in found && 'answer' in rest && rest.answer !== found.answer)
    return { unreadable: `the answer names two options: ${quoted(answer)}` }
  return found
}

/** A text without case, outer spaces and a last full stop. */
const folded = (text: string): string => text.trim().toLowerCase().replace(/\.$/, '')

function optionAt(letter: string, options: readonly string[], answer: string): Reading {
  const option = options[placeOfLetter(letter)!]
  if (option !== undefined) return { answer: option }
  return { unreadable: `the answer is none of the options A to ${letterOf(options.length - 1)}: ${quoted(answer)}` }
}

const named = (reading: Reading, { length }: readonly string[], answer: string): Reading =>
  'answer' in reading
    ? reading
    : { unreadable: `the answer is none of the options A to ${letterOf(length - 1)}, or several: ${quoted(answer)}` }

const quoted = (answer: string): string => JSON.stringify(answer.slice(0, QUOTED).toWellFormed())

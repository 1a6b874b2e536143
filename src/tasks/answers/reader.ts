/**
 * Readers of answers: from the text of a model that was asked to the answer that is scored. A reader never
 * guesses. Uploaded results are not read by it: official files are scored as they are.
 * @module
 */
import { withoutBoilerplate, withoutReasoning } from './strip.ts'

/** The answer, or a sentence that says why there is none to score. */
export type Reading = { readonly answer: string } | { readonly unreadable: string }

export type AnswerReader = (text: string) => Reading

const ENDLESS = 'the reasoning of the model never ended, so there is no answer; raise sampling_params.max_completion_tokens'

/** Most characters of an answer in a reason. */
const QUOTED = 60

/** Reads what remains without reasoning. */
const afterReasoning =
  (read: (rest: string) => Reading): AnswerReader =>
  (text) => {
    const rest = withoutReasoning(text)
    return rest === null ? { unreadable: ENDLESS } : read(rest)
  }

/** A line that names the final answer. */
const ANSWER_LINE = /^[\s*_#>-]*(?:the )?(?:final )?answer(?: is)?[*_]*:[*_]*\s*(\S.*)$/i

/** The last line that names the answer, or the text. */
function namedAnswer(text: string): string {
  const lines = text.split('\n')
  const named =
    lines.length > 1 ? lines.map((line) => ANSWER_LINE.exec(line)?.[1]).findLast((found) => found !== undefined) : undefined
  return withoutBoilerplate(named ?? text)
}

/**
 * A word or a phrase. The whole text is the answer, unless a line of several names it. The empty text is an
 * answer.
 * @example
 * readShortAnswer('<think>Two or three?</think>\nThe answer is **3**') // { answer: '3' }
 */
export const readShortAnswer: AnswerReader = afterReasoning((text) => ({ answer: namedAnswer(text) }))

const TRUE = /^(?:true|yes|correct)$/
const VERDICT = /^(true|yes|correct|false|no|incorrect)(?=$|[.,;:!\n\u2013\u2014]|\s[-\u2013\u2014]\s)/i
const SENTENCE =
  /^(?:the |this )?(?:statement|sentence|claim|caption|description|it|that) is (not |)(true|false|correct|incorrect)(?=$|[.,;:!\n\u2013\u2014]|\s)/i

/**
 * `true` or `false`, also as yes or no. Both in one text, or neither at its beginning, are unreadable.
 * @example
 * readVerdict('False. The left picture has no dog.') // { answer: 'false' }
 */
export const readVerdict: AnswerReader = afterReasoning((text) => {
  const answer = namedAnswer(text).replaceAll(/\*\*|__/g, '')
  const found = verdictOf(answer)
  const contrary = found === 'true' ? /\b(?:false|incorrect)\b/i : /\b(?:true|correct)\b/i
  const opening = (VERDICT.exec(answer) ?? SENTENCE.exec(answer))?.[0].length ?? 0
  if (found !== undefined && !contrary.test(answer.slice(opening))) return { answer: found }
  return { unreadable: `the answer is neither true nor false: ${JSON.stringify(answer.slice(0, QUOTED).toWellFormed())}` }
})

function verdictOf(answer: string): 'true' | 'false' | undefined {
  const word = VERDICT.exec(answer)?.[1]?.toLowerCase()
  if (word !== undefined) return TRUE.test(word) ? 'true' : 'false'
  const [, not, said] = SENTENCE.exec(answer) ?? []
  if (said === undefined) return undefined
  const holds = TRUE.test(said.toLowerCase())
  if (not === '') return holds ? 'true' : 'false'
  return holds ? 'false' : undefined
}

const LIST_LINE = /^\s*(?:[-*\u2022]|\d{1,2}[.)])\s+\S/

/**
 * One caption on one line. Several captions are unreadable: which one is meant is not known.
 * @example
 * readCaption('Sure! Here is a caption: "Two dogs run."') // { answer: 'Two dogs run.' }
 */
export const readCaption: AnswerReader = afterReasoning((text) => {
  if (text.split('\n').filter((line) => LIST_LINE.test(line)).length > 1)
    return { unreadable: 'the answer lists several captions, and one was asked for' }
  return { answer: withoutBoilerplate(text).replaceAll(/\s+/g, ' ').trim() }
})

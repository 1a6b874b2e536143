/**
 * Reads timed steps from an answer: one step per line, or a JSON array.
 * @module
 */
import { z } from 'zod'
import type { ProposedSegment } from '../../contracts/model.ts'
import type { Reading } from '../answers/reader.ts'
import { withoutBoilerplate, withoutReasoning } from '../answers/strip.ts'

/** Most steps of an answer. */
const MOST_STEPS = 1000
/** Most characters of a line that may hold a step. */
const MOST_LINE = 1000
/** Most characters of an answer in a reason. */
const QUOTED = 60

/** Seconds such as `3.5`, or minutes and seconds such as `1:05`. */
const TIME = String.raw`(\d{1,6}(?::\d\d){0,2}(?:\.\d{1,6})?)(?: ?(?:s|secs?|seconds))?`
/** The number of a step, after a mark of a list. */
const STEP = /^[\s*\u2022-]{0,9}(?:step )?\**#?(\d{1,4})\b/i
/** A start and an end at the end of a line. */
const SPAN = new RegExp(String.raw`(?<![\d.:])${TIME} ?(?:-|\u2013|\u2014|to|until) ?${TIME}[\s.;,)\]*]{0,9}$`, 'i')
const NONE = /^(?:none|no steps?|\[\s*\])\b[^\n]{0,200}$/i

const jsonStep = z.union([
  z.object({ step: z.coerce.number().int(), start: z.number(), end: z.number(), score: z.number().optional() }),
  z
    .object({ step: z.coerce.number().int(), segment: z.tuple([z.number(), z.number()]), score: z.number().optional() })
    .transform(({ segment: [start, end], ...rest }) => ({ ...rest, start, end })),
])

/**
 * The steps that an answer lists, as the JSON of proposed segments. A step without a confidence has score 1.
 * Lines without two times are ignored; a step that the dataset lacks makes the answer unreadable.
 * @param known - ids of the dataset's steps; null: any
 * @example
 * readSteps('12: pour the water, 3.5 - 9 s', new Set([12]))
 * // { answer: '[{"step":12,"start":3.5,"end":9,"score":1}]' }
 */
export function readSteps(text: string, known: ReadonlySet<number> | null): Reading {
  const rest = withoutReasoning(text)
  if (rest === null)
    return {
      unreadable: 'the reasoning of the model never ended, so there is no answer; raise sampling_params.max_completion_tokens',
    }
  const answer = withoutBoilerplate(rest)
  const steps = ofJson(answer) ?? ofLines(answer)
  if (steps.length === 0 && !isNone(answer)) return { unreadable: `the answer lists no step with two times: ${quoted(answer)}` }
  if (steps.length > MOST_STEPS) return { unreadable: `the answer lists ${steps.length} steps; at most ${MOST_STEPS} are read` }
  const unknown = known && steps.find(({ step }) => !known.has(step))
  if (unknown) return { unreadable: `the answer names step ${unknown.step}, which is none of the ${known.size} that were listed` }
  return { answer: JSON.stringify(steps) }
}

const isNone = (answer: string): boolean => NONE.test(answer) || answer.replaceAll(/\s/g, '') === '[]'

/** null for a text that is not a JSON array of steps. */
function ofJson(answer: string): ProposedSegment[] | null {
  if (!answer.startsWith('[')) return null
  try {
    const parsed = z.array(jsonStep).safeParse(JSON.parse(answer))
    return parsed.success ? parsed.data.map(({ step, start, end, score }) => ({ step, start, end, score: score ?? 1 })) : null
  } catch {
    return null
  }
}

function ofLines(answer: string): ProposedSegment[] {
  return answer.split('\n').flatMap((line) => {
    if (line.length > MOST_LINE) return []
    const [opening, step] = STEP.exec(line) ?? []
    if (opening === undefined) return []
    const [, start, end] = SPAN.exec(line.slice(opening.length)) ?? []
    if (start === undefined) return []
    return { step: Number(step), start: secondsOf(start), end: secondsOf(end!), score: 1 }
  })
}

/** `1:05` is 65. */
const secondsOf = (time: string): number => time.split(':').reduce((sum, part) => 60 * sum + Number(part), 0)

const quoted = (answer: string): string => JSON.stringify(answer.slice(0, QUOTED).toWellFormed())

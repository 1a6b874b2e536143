/**
 * @module
 */
import { z } from 'zod'
import { type ScorerSpec, scorerName } from '../../../contracts/scorer-spec.ts'
import { MOST_FORMULA_CHARACTERS, readFormula } from './formula.ts'

const MOST_GRADERS = 16

/** The package's type has one grader here, its guide several by name. */
function byName(graders: unknown): unknown {
  if (typeof graders !== 'object' || graders === null) return graders
  const [type, name] = [Reflect.get(graders, 'type') as unknown, Reflect.get(graders, 'name') as unknown]
  return typeof type === 'string' && typeof name === 'string' ? { [name]: graders } : graders
}

/**
 * OpenAI's `multi`: a formula over the scores of other graders.
 * @param grader - the specification of one of them
 */
export const multiSpecOf = (grader: z.ZodType<ScorerSpec>) =>
  z
    .strictObject({
      type: z.literal('multi'),
      name: scorerName,
      graders: z
        .preprocess(byName, z.record(z.string().regex(/^[A-Za-z_]\w{0,63}$/, 'must have names of letters, digits and _'), grader))
        .meta({ minProperties: 1, maxProperties: MOST_GRADERS })
        .describe('Graders by the names that the formula has for them; or one grader, under its own name.'),
      calculate_output: z
        .string()
        .min(1)
        .max(MOST_FORMULA_CHARACTERS)
        .describe('The score: numbers, names of graders, + - * / ^, parentheses, min, max, abs, floor, ceil, sqrt, exp, log.'),
    })
    .superRefine(({ graders, calculate_output: formula }, context) => {
      const names = Object.keys(graders)
      if (names.length === 0 || names.length > MOST_GRADERS)
        context.addIssue({ code: 'custom', path: ['graders'], message: `must have 1 to ${MOST_GRADERS} graders` })
      else
        try {
          readFormula(formula, names)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
          context.addIssue({ code: 'custom', path: ['calculate_output'], message: error.message })
        }
    })

export type MultiSpec = z.output<ReturnType<typeof multiSpecOf>>

/**
 * A text of a grader's specification, with placeholders. `new-spec.ts` has further checks of new ones.
 * @module
 */
import { z } from 'zod'
import { placeholdersIn } from '../../tasks/placeholder.ts'
import { placeholderProblem } from './template-values.ts'

/** Most UTF-16 code units of a grader's text before it is filled. */
const MOST_CHARACTERS = 32 * 1024

export const graderText = z
  .string()
  .max(MOST_CHARACTERS)
  .superRefine((text, context) => {
    for (const { name } of placeholdersIn(text)) {
      const problem = placeholderProblem(name)
      if (problem !== undefined)
        context.addIssue({ code: 'custom', message: `has the placeholder {{${name.slice(0, 100)}}}, which ${problem}` })
    }
  })

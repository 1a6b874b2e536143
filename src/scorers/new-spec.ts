/**
 * Checks of a specification when it is made. Stored ones are read without them, so that a new check breaks no
 * eval that was made before it.
 * @module
 */
import type { z } from 'zod'
import { displayNameProblem } from '../contracts/display-name.ts'
import type { ScorerSpec } from '../contracts/scorer-spec.ts'
import { bracesProblem } from '../tasks/placeholder.ts'

/** Members of graders that are templates: texts, or messages with texts. */
const TEMPLATES = new Set(['input', 'reference'])

/** Adds issues for a name that may look like another, and for templates with `{{` and no placeholder. */
export function checkNewSpec(spec: ScorerSpec, context: z.core.$RefinementCtx<ScorerSpec>): void {
  const name = displayNameProblem(spec.name)
  if (name !== undefined) context.addIssue({ code: 'custom', path: ['name'], message: name })
  eachText(spec, [], false, (text, path) => {
    const problem = bracesProblem(text)
    if (problem !== undefined) context.addIssue({ code: 'custom', path, message: problem })
  })
}

type Path = (string | number)[]

function eachText(value: unknown, path: Path, inTemplate: boolean, visit: (text: string, path: Path) => void): void {
  if (typeof value === 'string' && inTemplate) visit(value, path)
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) value.forEach((each, index) => eachText(each, [...path, index], inTemplate, visit))
  else for (const [key, each] of Object.entries(value)) eachText(each, [...path, key], inTemplate || TEMPLATES.has(key), visit)
}

/**
 * Removes from a model's text all that is not its answer: reasoning in tags, markdown, boilerplate.
 * @module
 */

const REASONING_END = /<\/(?:think|thinking|thought|reasoning)>/gi
const REASONING_START = /^<(?:think|thinking|thought|reasoning)>/i

/**
 * Text after the reasoning. The opening tag may be missing, since some chat templates hold it themselves.
 * @returns null if the reasoning never ended, so that there is no answer
 */
export function withoutReasoning(text: string): string | null {
  const end = [...text.matchAll(REASONING_END)].at(-1)
  const rest = (end === undefined ? text : text.slice(end.index + end[0].length)).trim()
  return REASONING_START.test(rest) ? null : rest
}

/** Pairs that may enclose a whole answer. */
const ENCLOSING = [
  ['**', '**'],
  ['__', '__'],
  ['*', '*'],
  ['`', '`'],
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['‘', '’'],
  ['\\boxed{', '}'],
] as const

/** Openings of an answer that say nothing. Each ends where the answer begins. */
const OPENINGS = [
  /^(?:sure|certainly|of course|okay|ok|absolutely)(?:[!,.:]+|\s*\n)\s*/i,
  /^(?:based on|according to|looking at|judging by) (?:the|this|both|these) (?:provided |given |two )?(?:image|picture|photo)s?,\s*/i,
  /^here(?:'s|\u2019s| is) (?:a|an|the|one|my) (?:short |brief |possible |suggested )?(?:answer|caption|description)(?: (?:for|of) (?:the|this) (?:image|picture|photo))?\s*:\s*/i,
  /^(?:the |my )?(?:final |short |correct )?(?:answer|caption|verdict)(?: to the question)?(?: is\b\s*:?|\s*:)\s*/i,
]

/** Most layers of markdown and boilerplate that are removed. */
const MOST_LAYERS = 8

/** Without a fence of code, markdown or quotes around the whole text, and boilerplate before it. */
export function withoutBoilerplate(text: string): string {
  let rest = withoutFence(text.trim())
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const next = withoutOpening(withoutEnclosing(rest)).trim()
    // An opening without anything after it is itself the answer.
    if (next === rest || next === '') return rest
    rest = next
  }
  return rest
}

function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```')) return text
  const start = text.indexOf('\n')
  return start < 0 || start > text.length - 3 ? text : text.slice(start + 1, -3).trim()
}

function withoutEnclosing(text: string): string {
  for (const [open, close] of ENCLOSING) {
    if (text.length < open.length + close.length + 1 || !text.startsWith(open) || !text.endsWith(close)) continue
    const inner = text.slice(open.length, -close.length)
    if (!inner.includes(close)) return inner
  }
  return text
}

function withoutOpening(text: string): string {
  const opening = OPENINGS.find((each) => each.test(text))
  return opening === undefined ? text : text.replace(opening, '')
}

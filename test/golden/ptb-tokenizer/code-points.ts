/**
 * Every code unit of the basic plane among letters, digits, apostrophes, hyphens, marks and addresses.
 * @module
 */
import { createHash } from 'node:crypto'

/** Lines a digest. */
export const BLOCK = 1024

/** `*` is the code unit. */
export const CONTEXTS: readonly string[] =
  "*|a*|*a|a*a|1*|*1|1*1|a*'s|*'s|a*n't|n*t|don*t|a-*|*-a|a-a*b|*.|a*.,|a.* The |* The |Inc. *|Inc.*|a. *|a. The*|d'*|y'*|*'ab|'*b|'a*|\"*|*\"|<a*>|<a b*>|&*;|#*|@*|a@b*|*@b|http://a*|*.com|$*|:*|no. *|no.*|1/*|1 *2|*.jpg|*/a|A&*|'90*|a *n".split(
    '|',
  )

/** Other line breaks than `\n` part captions officially; how letters younger than Unicode 13 are lower-cased depends on Java. */
const LEFT_OUT = new Set([
  0x0a, 0x0b, 0x0c, 0x0d, 0x2028, 0x2029, 0x1c89, 0x2c2f, 0xa7c0, 0xa7cb, 0xa7cc, 0xa7ce, 0xa7d0, 0xa7d2, 0xa7d4, 0xa7d6, 0xa7d8,
  0xa7da, 0xa7dc,
])

const UNITS = Array.from({ length: 0x10000 }, (_, unit) => unit).filter(
  (unit) => (unit < 0xd800 || unit > 0xdfff) && !LEFT_OUT.has(unit),
)

/** The context with each unit in turn; a line each. */
export function linesOfContext(context: string): string[] {
  return UNITS.map((unit) => context.replaceAll('*', () => String.fromCharCode(unit)))
}

export function digestOfBlocks(lines: readonly string[]): string[] {
  return Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, block) =>
    createHash('sha256')
      .update(lines.slice(block * BLOCK, (block + 1) * BLOCK).join('\n'))
      .digest('hex')
      .slice(0, 16),
  )
}

/**
 * Names that users give for people to read: of keys, runs, evals, judges and so on. Characters that control a
 * terminal or the direction of text can make one name look like another (Unicode Technical Report 36, 2.5).
 * @module
 */
import { z } from 'zod'

/**
 * C0, DEL and C1; marks, embeddings, overrides and isolates of direction; separators of lines; the mark of
 * byte order.
 */
const HIDDEN = String.raw`\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF`
const ALLOWED = new RegExp(`^[^${HIDDEN}]*$`)
const REFUSED = new RegExp(`[${HIDDEN}]`)

/** Why a name is refused; undefined if it is not. */
export function displayNameProblem(name: string): string | undefined {
  const [found] = REFUSED.exec(name) ?? []
  if (found === undefined) return undefined
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  return `holds U+${code}, a character that is not seen but changes how a name looks; leave it out`
}

/** @param most - UTF-16 code units */
export const displayName = (most: number) =>
  z
    .string()
    .max(most)
    .regex(ALLOWED, { error: ({ input }) => displayNameProblem(String(input)) })

/** Makes a name of a text from outside: each run of such characters becomes a space. */
export const asDisplayName = (text: string): string => text.replace(new RegExp(`[${HIDDEN}]+`, 'g'), ' ').trim()

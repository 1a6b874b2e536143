/**
 * Licence line of a model: from the command line, or from the front matter of its README as on the hub.
 * @module
 */
import { parse } from 'yaml'
import { Refusal } from './refusal.ts'

/**
 * `license`, `license_name` and `license_link` of a README's front matter; undefined if it has none.
 * @internal
 */
export function licenceOfReadme(readme: string): string | undefined {
  const front = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1]
  if (front === undefined) return undefined
  let members: unknown
  try {
    members = parse(front)
  } catch {
    return undefined
  }
  const member = (name: string): string | undefined => lineOf((members as Record<string, unknown> | null)?.[name])
  const line = member('license')
  if (line === undefined) return undefined
  // `other` and the like are not informative; the name is.
  return ['other', 'unknown'].includes(line.toLowerCase()) ? member('license_name') : line
}

/** A licence, or a list of licences, all of which are named. */
function lineOf(value: unknown): string | undefined {
  const lines = (Array.isArray(value) ? value : [value]).filter(
    (each): each is string => typeof each === 'string' && each.trim() !== '',
  )
  return lines.length === 0 ? undefined : lines.map((line) => line.trim()).join(', ')
}

/**
 * Licence line for the manifest.
 * @param given on the command line; has precedence
 * @throws {Refusal} if neither names a licence
 */
export function licenceLine(readme: string | null, given: string | undefined): string {
  const line = given ?? (readme === null ? undefined : licenceOfReadme(readme))
  if (line === undefined || line.trim() === '')
    throw new Refusal(
      readme === null
        ? 'the model has no README.md to name its licence: find out under which it may be used, and give --licence "<line>"'
        : 'the front matter of README.md names no licence (license: …): find out under which it may be used, and give --licence "<line>"',
    )
  return line.trim()
}

/** A warning about a licence that is known to restrict use; otherwise undefined. */
export function licenceWarning(line: string): string | undefined {
  if (/(^|[^a-z])nc([^a-z]|$)|non-?commercial|research/i.test(line))
    return `licence ${JSON.stringify(line)} seems to forbid commercial use`
  return undefined
}

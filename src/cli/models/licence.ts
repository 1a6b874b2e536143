/**
 * The licence line of a model: from the front matter of its README, as the hub has it, or from whoever adds it.
 * @module
 */
import { Refusal } from './refusal.ts'

/** `license`, `license_name` and `license_link` of a README's front matter; undefined where there is none. */
export function licenceOfReadme(readme: string): string | undefined {
  const front = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(readme)?.[1]
  if (front === undefined) return undefined
  const member = (name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*(.+?)[ \\t]*$`, 'm').exec(front)?.[1]?.replace(/^(['"])(.*)\1$/, '$2')
  const line = member('license')
  if (line === undefined) return undefined
  // `other` and the like say nothing; the name does.
  return ['other', 'unknown'].includes(line.toLowerCase()) ? member('license_name') : line
}

/**
 * What the manifest records.
 * @param given what the command line says, which wins
 * @throws {Refusal} when nobody says anything that means something
 */
export function licenceLine(readme: string | null, given: string | undefined): string {
  const line = given ?? (readme === null ? undefined : licenceOfReadme(readme))
  if (line === undefined || line.trim() === '')
    throw new Refusal(
      readme === null
        ? 'the model has no README.md, so nobody says under which licence it may be used: find out, and give --licence "<line>"'
        : 'the front matter of README.md names no licence (license: …): find out under which it may be used, and give --licence "<line>"',
    )
  return line.trim()
}

/** A sentence for who did not expect it; undefined where nothing is known to bite. */
export function licenceWarning(line: string): string | undefined {
  if (/(^|[^a-z])nc([^a-z]|$)|non-?commercial|research/i.test(line))
    return `licence ${JSON.stringify(line)} seems to forbid commercial use`
  return undefined
}

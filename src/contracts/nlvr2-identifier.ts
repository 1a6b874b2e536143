/**
 * Identifiers of NLVR2 examples: `split-set-pair-sentence`, e.g. `dev-850-0-1`.
 * @module
 */

/** The set of pictures that an example is about: statements of one set share pictures. */
export function imageSet(identifier: string): string {
  return identifier.split('-').slice(0, 2).join('-')
}

/** The identifier with its pair number blanked: examples of a group share sentence and image set. */
export function consistencyGroup(identifier: string): string {
  const parts = identifier.split('-')
  parts[2] = ''
  return parts.join('-')
}

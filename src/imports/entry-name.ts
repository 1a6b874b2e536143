/**
 * Names of archive entries: which are refused, and which desktops add (`.DS_Store`, `__MACOSX/`).
 * @module
 */

/** Whether an entry is hidden, and therefore skipped and counted. */
export function isHidden(name: string): boolean {
  return name.replace(/^.*[\\/]/s, '').startsWith('.') || /(^|\/)__MACOSX\//.test(name)
}

/** Why an entry's name is refused; undefined if it is not. */
export function nameProblem(name: string): string | undefined {
  if (name.includes('\uFFFD')) return 'its name is not UTF-8; make the archive anew with UTF-8 names'
  if (name.includes('\0') || name.length > MOST_CHARACTERS) return `its name must have 1–${MOST_CHARACTERS} characters`
  if (/^([A-Za-z]:|[\\/])/.test(name) || /(^|[\\/])\.\.([\\/]|$)/.test(name))
    return 'its path leaves the folder of the archive; store names within one folder'
  return undefined
}

const MOST_CHARACTERS = 1024

/**
 * Names of archive entries: which are pictures, and which are refused.
 * @module
 */

/** Endings of picture files, accepted or not: a wrong one is refused by its content, with the remedy. */
const PICTURE = /\.(jpe?g|jfif|png|apng|webp|gif|avif|hei[cf]|hif|tiff?|bmp|svg|jxl|jp2|ico)$/i

/**
 * Whether an entry is skipped and counted: notes beside the pictures, and files that desktops add to archives
 * (`.DS_Store`, `__MACOSX/`, `Thumbs.db`). A file without an ending counts as a picture.
 */
export function isIgnored(name: string): boolean {
  const base = name.replace(/^.*[\\/]/s, '')
  if (base.startsWith('.') || /(^|\/)__MACOSX\//.test(name)) return true
  return base.includes('.') && !PICTURE.test(base)
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

/**
 * Paths of pictures. Unicode NFC: macOS decomposes file names, annotations are composed.
 *
 * Pictures are found by the ends of their paths, since an archive may have folders around those that a file
 * names, and a file may have folders around those of the archive. So paths are compared from their end.
 * @module
 */

/** Most folders of a path that are compared. Those nearest to the file are kept. */
const MOST_PARTS = 32

/** The path of a file below its archive or folder, without empty parts and `.`. */
export function picturePath(filename: string): string {
  return partsOf(filename).join('/')
}

/** A path as a user's list or table writes it, on any system: without root, `.` and `..`. */
export const withoutSteps = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((part) => !['', '.', '..'].includes(part))
    .join('/')

function partsOf(filename: string): string[] {
  return filename
    .normalize('NFC')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .slice(-MOST_PARTS)
}

/** A path from its end: `1.jpg/cats/photos`. The end of a path is thus the beginning of its key. */
export function pictureKey(filename: string): string {
  return partsOf(filename).toReversed().join('/')
}

/** The path of a key. */
export const pathOfKey = (key: string): string => key.split('/').toReversed().join('/')

/** A file name without its ending. */
export const stemOf = (name: string): string => name.replace(/\.[^./]+$/, '')

/** The key of a path whose file has no ending: `1/cats/photos`. */
export function stemKeyOf(key: string): string {
  const [name, ...folders] = key.split('/')
  return [stemOf(name!), ...folders].join('/')
}

/** A key, and the keys of each end of its path: `1.jpg`, `1.jpg/cats`. */
export function endsOf(key: string): string[] {
  const parts = key.split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** The sentence about two pictures of one path. */
export const twoPictures = (path: string): string =>
  `two different pictures are called ${path}; rename one, or send both with their folders`

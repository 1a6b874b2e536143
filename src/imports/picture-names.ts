/**
 * Finds the uploaded picture for a name in an official file. Names are compared in Unicode NFC: macOS
 * decomposes file names, annotations are composed.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'

interface Named<T> {
  readonly picture: T
  /** Hash of the picture's bytes: one picture may be uploaded under several names. */
  readonly sha256: string
  readonly filename: string
}

/** The last part of a path, in NFC. */
export const pictureName = (filename: string): string => filename.slice(filename.lastIndexOf('/') + 1).normalize('NFC')

/** A name without its ending. */
export const stemOf = (name: string): string => name.replace(/\.[^.]+$/, '')

/** The sentence about two pictures of one name, with their paths where these differ. */
function twoPictures(name: string, one: string, other: string): string {
  const called = `two different pictures are called ${name}`
  if (one.normalize('NFC') === other.normalize('NFC')) return `${called}; rename one`
  return `${called}: ${one} and ${other}; pictures are found by name without folders, so rename one`
}

export class PictureNames<T> {
  readonly #byName = new Map<string, Named<T>>()
  readonly #byStem = new Map<string, Named<T>[]>()
  #byLowerCase: ReadonlyMap<string, string> | undefined

  /** Number of names. */
  get size(): number {
    return this.#byName.size
  }

  /** Number of different pictures. */
  get pictures(): number {
    return new Set([...this.#byName.values()].map(({ sha256 }) => sha256)).size
  }

  /** Name of the first picture added. */
  get first(): string | undefined {
    return this.#byName.values().next().value?.filename
  }

  /**
   * @param pointer - the form field of this picture
   * @throws {Fault} `unprocessable` if another picture has the same name
   */
  add(filename: string, picture: T, sha256: string, pointer: string): void {
    const name = pictureName(filename)
    const other = this.#byName.get(name)
    if (other !== undefined) {
      if (other.sha256 === sha256) return
      throw unprocessableField(pointer, twoPictures(name, other.filename, filename))
    }
    const named = { picture, sha256, filename }
    this.#byName.set(name, named)
    const stem = stemOf(name)
    const sharing = this.#byStem.get(stem)
    if (sharing === undefined) this.#byStem.set(stem, [named])
    else if (sharing.every((each) => each.sha256 !== sha256)) sharing.push(named)
  }

  /**
   * The picture called by one of `names`: first by exact match, then ignoring the extension.
   * @param names - in the order in which they are tried
   * @throws {Fault} `unprocessable` if several pictures differ only in their extensions
   */
  find(names: readonly string[]): T | undefined {
    const composed = names.map(pictureName)
    for (const name of composed) {
      const exact = this.#byName.get(name)
      if (exact !== undefined) return exact.picture
    }
    for (const name of composed) {
      const sharing = this.#byStem.get(name)
      if (sharing === undefined) continue
      const [one, ...others] = sharing
      if (others.length === 0) return one!.picture
      const files = sharing.map(({ filename }) => filename).join(' and ')
      throw unprocessableField('images', `${name} may be ${files}, two different pictures; name one exactly, or rename the other`)
    }
    return undefined
  }

  /** Clause about a picture that was not found: its name, and one that differs from it in case alone. */
  absent(names: readonly string[]): string {
    const composed = names.map(pictureName)
    const called = composed.find((name) => stemOf(name) !== name) ?? composed[0]!
    this.#byLowerCase ??= new Map(
      [...this.#byName.entries()].flatMap(([name, { filename }]) => [
        [stemOf(name).toLowerCase(), filename],
        [name.toLowerCase(), filename],
      ]),
    )
    const lower = this.#byLowerCase
    const similar = composed.map((name) => lower.get(name.toLowerCase())).find((filename) => filename !== undefined)
    return `a picture called ${called}${similar === undefined ? '' : `; ${similar} is there, but case counts`}`
  }
}

/**
 * Finds the uploaded picture for a name in an official file: by its path, or by as much of the end of its
 * path as the file gives.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import { pathOfKey, pictureKey, picturePath, stemKeyOf, stemOf, twoPictures } from '../contracts/picture-path.ts'

interface Named<T> {
  readonly picture: T
  /** Hash of the picture's bytes: one picture may be uploaded under several names. */
  readonly sha256: string
  readonly filename: string
  readonly key: string
  readonly stemKey: string
}

export class PictureNames<T> {
  readonly #byKey = new Map<string, Named<T>>()
  /** By the first part of their keys. */
  readonly #byName = new Map<string, Named<T>[]>()
  readonly #byStem = new Map<string, Named<T>[]>()
  readonly #claims: Map<string, string>
  #byLowerCase: ReadonlyMap<string, string> | undefined

  /** @param claims - paths that found a picture with fewer folders, by its key; instances may share them */
  constructor(claims = new Map<string, string>()) {
    this.#claims = claims
  }

  /** Number of paths. */
  get size(): number {
    return this.#byKey.size
  }

  /** Number of different pictures. */
  get pictures(): number {
    return new Set([...this.#byKey.values()].map(({ sha256 }) => sha256)).size
  }

  /** Path of the first picture added. */
  get first(): string | undefined {
    return this.#byKey.values().next().value?.filename
  }

  /**
   * @param filename - its path below the archive or folder
   * @param pointer - the form field of this picture
   * @throws {Fault} `unprocessable` if another picture has the same path
   */
  add(filename: string, picture: T, sha256: string, pointer: string): void {
    const key = pictureKey(filename)
    const other = this.#byKey.get(key)
    if (other !== undefined) {
      if (other.sha256 === sha256) return
      throw unprocessableField(pointer, twoPictures(picturePath(filename)))
    }
    const named = { picture, sha256, filename, key, stemKey: stemKeyOf(key) }
    this.#byKey.set(key, named)
    push(this.#byName, firstPart(key), named)
    push(this.#byStem, firstPart(named.stemKey), named)
  }

  /**
   * The picture called by one of `names`: those with most folders first; among these by exact match, then
   * ignoring the extension.
   * @param names - in the order in which they are tried
   * @throws {Fault} `unprocessable` if a name may mean several pictures
   */
  find(names: readonly string[]): T | undefined {
    const asked = names.map((name) => pictureKey(name))
    const depths = [...new Set(asked.map(depthOf))].toSorted((a, b) => b - a)
    for (const depth of depths) {
      const keys = asked.filter((key) => depthOf(key) === depth)
      for (const key of keys) {
        const exact = this.#byKey.get(key) ?? only(key, this.#byName.get(firstPart(key)), 'key')
        if (exact !== undefined) return this.#claimed(exact, key)
      }
      for (const key of keys) {
        const sharing = only(key, this.#byStem.get(firstPart(key)), 'stemKey')
        if (sharing !== undefined) return this.#claimed(sharing, key)
      }
    }
    return undefined
  }

  /** Two paths are two pictures, so a picture that came without their folders cannot be both. */
  #claimed({ picture, key, filename }: Named<T>, asked: string): T {
    if (depthOf(asked) <= depthOf(key)) return picture
    const other = this.#claims.get(key) ?? asked
    this.#claims.set(key, other)
    if (stemKeyOf(other) === stemKeyOf(asked)) return picture
    throw unprocessableField(
      'images',
      `${pathOfKey(other)} and ${pathOfKey(asked)} may both be ${filename}, which came without their folders; ` +
        'send the pictures with their folders',
    )
  }

  /**
   * Clause about a picture that was not found: its name, and one that differs from it in folders or in case
   * alone.
   */
  absent(names: readonly string[]): string {
    const paths = names.map(picturePath)
    const called = paths.find((path) => stemOf(path) !== path) ?? paths[0]!
    const elsewhere = this.#byName.get(firstPart(pictureKey(called)))?.[0]?.filename
    if (elsewhere !== undefined) return `a picture called ${called}; ${elsewhere} is there, but lies in another folder`
    this.#byLowerCase ??= new Map(
      [...this.#byKey.values()].flatMap(({ key, stemKey, filename }) => [
        [firstPart(stemKey).toLowerCase(), filename],
        [firstPart(key).toLowerCase(), filename],
      ]),
    )
    const lower = this.#byLowerCase
    const similar = paths
      .map((path) => lower.get(firstPart(pictureKey(path)).toLowerCase()))
      .find((filename) => filename !== undefined)
    return `a picture called ${called}${similar === undefined ? '' : `; ${similar} is there, but case counts`}`
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

const firstPart = (key: string): string => key.split('/', 1)[0]!

const depthOf = (key: string): number => key.split('/').length

/**
 * The picture whose path ends as the path asked for, or else the one whose whole path is the longest end of
 * it.
 * @throws {Fault} `unprocessable` for several different pictures
 */
function only<T>(asked: string, named: readonly Named<T>[] | undefined, by: 'key' | 'stemKey'): Named<T> | undefined {
  if (named === undefined) return undefined
  const exact = named.filter((each) => each[by] === asked)
  const below = exact.length > 0 ? exact : named.filter((each) => each[by].startsWith(`${asked}/`))
  const ends = below.length > 0 ? below : longest(named.filter((each) => asked.startsWith(`${each[by]}/`)))
  const [one, ...others] = ends
  const other = others.find(({ sha256 }) => sha256 !== one!.sha256)
  if (other === undefined) return one
  const differ = firstPart(one!.key) !== firstPart(other.key)
  throw unprocessableField(
    'images',
    `${pathOfKey(asked)} may be ${one!.filename} and ${other.filename}, two different pictures; ` +
      (differ ? 'name one exactly, or rename the other' : `name one by its path, such as ${JSON.stringify(one!.filename)}`),
  )
}

/** Those with the longest keys. */
function longest<T>(named: readonly Named<T>[]): readonly Named<T>[] {
  const most = Math.max(...named.map(({ key }) => depthOf(key)))
  return named.filter(({ key }) => depthOf(key) === most)
}

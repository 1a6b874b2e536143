/**
 * Finds the pictures of joined items among those that an import has stored.
 * @module
 */
import { Fault, type FieldError, unprocessableField } from '../contracts/failure.ts'
import type { ImportPictures, PictureCounts } from '../contracts/import-ports.ts'
import type { ImageReference, Item } from '../contracts/item.ts'
import { pathOfKey, pictureKey } from '../contracts/picture-path.ts'
import type { JoinedItem } from '../tasks/format.ts'
import type { Task } from '../tasks/task.ts'
import { PictureNames } from './picture-names.ts'
import { lookedFor, noneUsed, resolveItem } from './pictures.ts'
import type { Joining } from './state.ts'

export interface PlacedItem {
  readonly joined: JoinedItem
  /** Where the merge continues after it; null: where it is. */
  readonly positions: readonly number[] | null
}

export interface ResolvedItem extends Pick<PlacedItem, 'positions'> {
  readonly item: Item
  readonly labels: readonly string[]
}

/** Items without their pictures that a failure lists. */
const LISTED = 20

/** Finds the pictures of one slice's items. */
export class PictureFinder {
  readonly #pictures: ImportPictures
  readonly #task: Task
  readonly #missing: FieldError[] = []
  /** Kept for one slice, since a longer memory would grow with the items. */
  readonly #claims = new Map<string, string>()
  #counts: PictureCounts
  #lookedFor: string | undefined

  constructor(pictures: ImportPictures, task: Task, { counts, lookedFor: name }: Joining) {
    this.#pictures = pictures
    this.#task = task
    this.#counts = counts!
    this.#lookedFor = name
  }

  get state(): Pick<Joining, 'counts' | 'lookedFor'> {
    return { counts: this.#counts, lookedFor: this.#lookedFor }
  }

  /** @returns the items that can be stored. @throws {Fault} `unprocessable` if a name means two pictures */
  async resolve(items: readonly PlacedItem[]): Promise<ResolvedItem[]> {
    // File names alone tell of pictures in other folders.
    const asked = new Set(
      items.flatMap(({ joined }) =>
        joined.pictures.flat().flatMap((path) => [pictureKey(path), pictureKey(path).split('/', 1)[0]!]),
      ),
    )
    const names = new PictureNames<ImageReference>(this.#claims)
    if (asked.size > 0)
      for (const { name, reference } of await this.#pictures.find([...asked]))
        names.add(pathOfKey(name), reference, reference.sha256, '')
    const used = new Set<string>()
    const resolved = items.flatMap(({ joined, positions }): ResolvedItem[] => {
      const { item, found, absent } = resolveItem(joined, this.#task, names, (reference) => reference)
      this.#note(joined, found.length, absent)
      for (const { sha256 } of found) used.add(sha256)
      return item === null ? [] : [{ item, labels: joined.labels, positions }]
    })
    if (this.#missing.length >= LISTED) this.throwIfAny()
    if (used.size > 0) await this.#pictures.use([...used])
    return resolved
  }

  #note(joined: JoinedItem, found: number, absent: string | null): void {
    if (joined.pictures.length > 0) this.#lookedFor ??= lookedFor([joined], '')
    if (absent !== null) this.#missing.push({ pointer: '/images', detail: absent })
    else if (joined.pictures.length > 0 && found === 0)
      this.#counts = { ...this.#counts, items_without_image: this.#counts.items_without_image + 1 }
  }

  /** @throws {Fault} `unprocessable` if items lack pictures that they need */
  throwIfAny(): void {
    const [first] = this.#missing
    if (first === undefined) return
    const { length } = this.#missing
    const detail = `${length === 1 ? 'an item has' : `${length} and perhaps more items have`} no picture among those sent; ${first.detail}`
    throw new Fault({ kind: 'unprocessable', detail, errors: this.#missing.slice(0, LISTED) })
  }

  /** After all items. @throws {Fault} `unprocessable` if no picture is used */
  async finish(format: string): Promise<{ readonly counts: PictureCounts; readonly images: number }> {
    const { pictures, used, first } = await this.#pictures.count()
    if (pictures > 0 && used === 0)
      throw unprocessableField('/images', noneUsed(pictures, this.#lookedFor ?? lookedFor([], format), first!))
    return { counts: { ...this.#counts, unused_images: pictures - used }, images: used }
  }
}

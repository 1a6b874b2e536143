/**
 * Rivals: the best wrong answer to each query of a gallery; of equal ones the first.
 * @module
 */
import type { EmbeddingEntry } from '../../contracts/embedding-block.ts'
import { CAPTIONS_PER_IMAGE, type ImageTextRanks } from '../../metrics/retrieval.ts'
import type { ItemRanks } from './late-ranks.ts'

export class Rivals {
  readonly #ordinals: readonly number[]
  /** The first caption of each image among all captions; one more at the end. */
  readonly #firstCaption: Int32Array
  readonly #captionImage: Int32Array
  readonly #ofImage: Int32Array
  readonly #ofCaption: Int32Array
  readonly #best: Float64Array

  constructor(gallery: readonly EmbeddingEntry[]) {
    this.#ordinals = gallery.map(({ ordinal }) => ordinal)
    const counts = gallery.map(({ captions }) => Math.min(captions.length, CAPTIONS_PER_IMAGE))
    this.#firstCaption = Int32Array.of(0, ...counts)
    for (let image = 0; image < counts.length; image++) this.#firstCaption[image + 1]! += this.#firstCaption[image]!
    this.#captionImage = Int32Array.from(counts.flatMap((count, image) => Array.from({ length: count }, () => image)))
    this.#ofImage = new Int32Array(counts.length).fill(-1)
    this.#ofCaption = new Int32Array(this.#captionImage.length).fill(-1)
    this.#best = new Float64Array(this.#captionImage.length)
  }

  /** @param similarities - of one image with all captions. */
  see(image: number, similarities: Float64Array): void {
    let best = -1
    for (let caption = 0; caption < similarities.length; caption++) {
      if (this.#captionImage[caption] === image) continue
      const similarity = similarities[caption]!
      if (best < 0 || similarity > similarities[best]!) best = caption
      if (this.#ofCaption[caption]! >= 0 && similarity <= this.#best[caption]!) continue
      this.#ofCaption[caption] = image
      this.#best[caption] = similarity
    }
    this.#ofImage[image] = best
  }

  /** Ranks of each item with its rivals, once every image was seen. */
  itemRanks({ imageToText, textToImage }: ImageTextRanks): ItemRanks[] {
    return this.#ordinals.map((ordinal, image) => {
      const [first, end] = [this.#firstCaption[image]!, this.#firstCaption[image + 1]!]
      return {
        ordinal,
        image: { rank: imageToText[image]! + 1, rival: this.#rivalOf(image) },
        captions: Array.from({ length: end - first }, (_, index) => {
          const other = this.#ofCaption[first + index]!
          return { rank: textToImage[first + index]! + 1, rival: other < 0 ? null : this.#ordinals[other]! }
        }),
      }
    })
  }

  #rivalOf(image: number): ItemRanks['image']['rival'] {
    const caption = this.#ofImage[image]!
    if (caption < 0) return null
    const other = this.#captionImage[caption]!
    return [this.#ordinals[other]!, caption - this.#firstCaption[other]!]
  }
}

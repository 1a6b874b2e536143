/**
 * Pictures that a request brings, or names by the ids of stored ones.
 * @module
 */
import { at } from '../contracts/failure-pointer.ts'
import type { ImageReference } from '../contracts/item.ts'
import { release } from '../contracts/release.ts'
import { describePicture } from '../imports/pictures.ts'
import type { AppContext, Services } from './app-context.ts'
import { requireKey } from './authorization.ts'
import { bytesOfDataUri } from './body/data-uri.ts'

/**
 * A picture from a text of the form `PICTURE_TEXT`.
 * @throws {Fault} `invalid`, without a place, for a damaged `data:` URI
 */
export function pictureSource(text: string): PictureSource {
  return text.startsWith('img_') ? { id: text } : bytesOfDataUri(text)
}

/**
 * Stores a picture once. Its buffer is released.
 * @throws {Fault} `bad_image`, `unsupported_media` or `too_large`; `unavailable` while it is being deleted
 */
export async function storePicture(
  { catalogue, datasets, uploads }: Pick<Services, 'catalogue' | 'datasets' | 'uploads'>,
  tenant: string,
  bytes: Uint8Array,
): Promise<{ readonly image: ImageReference; readonly createdAt: number; readonly created: boolean }> {
  const image = await describePicture(bytes)
  const stored = await datasets.whileStoring(tenant, 'image', image.sha256, async () => {
    await uploads.putImage(tenant, image.sha256, bytes)
    release(bytes)
    return catalogue.images.put(tenant, image)
  })
  return { image, ...stored }
}

/** Bytes, or the id of a stored picture. */
export type PictureSource = Uint8Array | { readonly id: string }

/**
 * Uses pictures as bytes. Stored ones are read with the request's key, within the memory of the isolate.
 * @param place - of a picture's id in the request
 * @throws {Fault} `not_found` for an id of no picture; `unauthenticated` for an id without a key
 */
export async function usePictures<T>(
  context: AppContext,
  pictures: readonly PictureSource[],
  place: (index: number) => string,
  use: (files: readonly Uint8Array[]) => Promise<T>,
): Promise<T> {
  const { services } = context.env
  const stored: { readonly index: number; readonly tenant: string; readonly sha256: string; readonly bytes: number }[] = []
  for (const [index, picture] of pictures.entries()) {
    if (picture instanceof Uint8Array) continue
    const { tenant } = requireKey(context)
    const found = await at(place(index), () => services.catalogue.images.find(tenant, picture.id.slice('img_'.length)))
    stored.push({ index, tenant, sha256: found.sha256, bytes: found.bytes })
  }
  return services.admit(
    stored.reduce((sum, { bytes }) => sum + bytes, 0),
    async () => {
      const files = [...pictures]
      for (const { index, tenant, sha256 } of stored) files[index] = await services.uploads.readImage(tenant, sha256)
      return use(files as Uint8Array[])
    },
  )
}

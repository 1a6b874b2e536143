/**
 * How pictures reach an endpoint: as bytes in the request, or by a signed address that expires; whole, or
 * scaled down.
 * @module
 */
import { Fault } from '../../contracts/failure.ts'
import type { PicturePolicy } from '../../contracts/endpoint.ts'
import type { ImageReference } from '../../contracts/item.ts'
import { type ReadImage, SampleError } from '../../contracts/model.ts'
import type { SignedLinks } from '../../contracts/signed-link.ts'
import { SCALING } from '../../media/scale-picture.ts'
import { type Picture, readPicture } from './stored-picture.ts'

/** A picture that is smaller than the stored one. */
interface Shrunk {
  /** Most pixels that the endpoint takes. */
  readonly maxPixels: number
}

/** A picture by its address. */
export interface LinkedPicture {
  readonly url: string
  readonly sha256: string
  readonly mediaType: string
  readonly shrunk?: Shrunk
}

/** A smaller copy of a stored picture. */
export interface ScaledPicture extends Picture {
  /** Digest of the stored picture. */
  readonly sha256: string
  readonly width: number
  readonly height: number
  readonly shrunk: Shrunk
}

export type SentPicture = Picture | LinkedPicture | ScaledPicture

/** A stored picture as the endpoint gets it. @throws {SampleError} for one that it cannot get */
export type OpenPicture = (reference: ImageReference) => Promise<SentPicture>

/** A copy with at most so many pixels, as PNG. @throws {Fault} for a picture that cannot be decoded */
export type ScalePicture = (
  bytes: Uint8Array,
  mostPixels: number,
) => Promise<{ readonly bytes: Uint8Array; readonly width: number; readonly height: number }>

export interface PicturePolicyParts {
  readonly send: PicturePolicy['send']
  /** Larger pictures are scaled down to so many pixels; null: none is. */
  readonly maxPixels: number | null
  readonly readImage: ReadImage
  readonly scale: ScalePicture
  readonly links: SignedLinks
  readonly tenant: string
  /** Unix milliseconds until which an address must work. */
  readonly until: () => number
}

export function createOpenPicture(parts: PicturePolicyParts): OpenPicture {
  const { send, maxPixels, readImage, links, tenant, until } = parts
  return async (reference) => {
    const { sha256, media_type: mediaType, width, height } = reference
    const shrunk = maxPixels !== null && width * height > maxPixels ? { maxPixels } : null
    if (send === 'data_uri')
      return shrunk === null
        ? readPicture(reference, readImage)
        : scaled(parts, await readPicture(reference, readImage), sha256, shrunk)
    const sent = shrunk === null ? [mediaType] : [SCALED_TYPE, String(shrunk.maxPixels)]
    const url = await links.url('picture', [tenant, sha256, ...sent], until(), '/v1/pictures/{token}')
    return { url, sha256, mediaType: sent[0]!, ...(shrunk !== null && { shrunk }) }
  }
}

const SCALED_TYPE = 'image/png'

async function scaled({ scale }: PicturePolicyParts, picture: Picture, sha256: string, shrunk: Shrunk): Promise<ScaledPicture> {
  try {
    return { ...(await scale(picture.bytes, shrunk.maxPixels)), mediaType: SCALED_TYPE, sha256, shrunk }
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause
    throw new SampleError(
      'picture_not_scaled',
      `the picture cannot be scaled down to ${shrunk.maxPixels} pixels: ${cause.message}`,
      {
        cause,
      },
    )
  }
}

/** Whether the key of an answer has a name: an address differs at each request, scaled bytes by runtime. */
export const needsName = (picture: SentPicture): boolean => 'url' in picture || 'shrunk' in picture

/** A picture with a name in place of an address or of scaled bytes: for the key of an answer. */
export function named(picture: SentPicture): SentPicture {
  if (!('sha256' in picture)) return picture
  const { sha256, mediaType, shrunk } = picture
  return { url: `img_${sha256}${shrunk === undefined ? '' : `/${SCALING}/${shrunk.maxPixels}`}`, sha256, mediaType }
}

/** For people who read an item: what the endpoint was sent. */
export function describeSent(picture: SentPicture) {
  const { mediaType: media_type } = picture
  const scaled = 'shrunk' in picture && picture.shrunk !== undefined ? { scaled_to: picture.shrunk.maxPixels } : {}
  if ('url' in picture) return { as: 'signed_url', media_type, sha256: picture.sha256, ...scaled }
  const size = 'width' in picture ? { width: picture.width, height: picture.height } : {}
  return { as: 'data_uri', media_type, bytes: picture.bytes.length, ...scaled, ...size }
}

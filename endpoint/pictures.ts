/**
 * Pictures of a request: data URIs, and addresses that the caller signed.
 * @module
 */

const DATA_URI = /^data:image\/[a-z0-9.+-]+;base64,([A-Za-z0-9+/]+={0,2})$/

/** A picture's address cannot be used: answered 400. */
export class BadPicture extends Error {
  override readonly name = 'BadPicture'
}

/** @throws {BadPicture} */
export async function fetchPicture(url: string): Promise<Uint8Array> {
  if (url.startsWith('data:')) {
    const base64 = DATA_URI.exec(url)?.[1]
    if (base64 === undefined) throw new BadPicture('a data URI must be data:image/…;base64,…')
    return Buffer.from(base64, 'base64')
  }
  if (!/^https?:\/\//.test(url)) throw new BadPicture('a picture is a data URI or an http(s) address')
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((cause: unknown) => {
    throw new BadPicture(`could not fetch a picture: ${String(cause)}`)
  })
  if (!response.ok) throw new BadPicture(`a picture's address answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

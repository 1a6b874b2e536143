/**
 * Download of one file into a `.part` file: resumed after an interruption, checked, and renamed when
 * complete.
 * @module
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Refusal } from './refusal.ts'

/**
 * Length of the file at an address, in bytes, by its headers; null if there is none. @throws {Refusal}
 * without a content-length
 */
export async function sizeOf(url: string): Promise<number | null> {
  const { ok, status, headers } = await ask(url, { method: 'HEAD' })
  if (status === 404) return null
  if (!ok) throw new Refusal(`${url} answered ${status}`)
  const length = headers.get('content-length')
  if (length === null) throw new Refusal(`${url} sends no content-length`)
  return Number(length)
}

/**
 * Downloads a file, unless the local copy has the current etag.
 * @throws {Refusal} if the connection ends early (the next attempt resumes from there), or if length or
 *   digest differ from the server's
 */
export async function download(url: string, path: string, say: (line: string) => void): Promise<void> {
  const head = await ask(url, { method: 'HEAD' })
  if (!head.ok) throw new Refusal(`${url} answered ${head.status}`)
  const tag = head.headers.get('etag') ?? ''
  const tagFile = `${path}.etag`
  const known = await readFile(tagFile, 'utf8').catch(() => null)
  if (tag !== '' && known === tag && (await bytesOf(path)) !== null) return

  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  // Only a strong etag guarantees the same bytes (RFC 9110, section 13.1.5).
  const resumable = tag !== '' && !tag.startsWith('W/') && known === tag
  const from = resumable ? ((await bytesOf(part)) ?? 0) : 0
  await writeFile(tagFile, tag)
  const response = await ask(url, { headers: from > 0 ? { range: `bytes=${from}-`, 'if-range': tag } : {} })
  const begun = response.status === 206
  if (!response.ok || response.body === null) throw new Refusal(`${url} answered ${response.status}`)
  if (begun && !response.headers.get('content-range')?.startsWith(`bytes ${from}-`))
    throw new Refusal(`${url} was asked for bytes from ${from} and sent ${response.headers.get('content-range')}`)
  const length = response.headers.get('content-length')
  if (length === null) throw new Refusal(`${url} sends no content-length`)
  const whole = (begun ? from : 0) + Number(length)
  say(`${basename(path)}: ${begun ? `resumed at ${from} of ` : ''}${whole} bytes`)

  const file = await open(part, begun ? 'a' : 'w')
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) await file.write(chunk)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Refusal(`${url}: the connection ended early (${cause}); try again to resume`, { cause: error })
  } finally {
    await file.close()
  }
  const came = await bytesOf(part)
  if (came !== whole) throw new Refusal(`${url}: received ${came} bytes of ${whole}; try again to resume`)
  await checkDigest(url, part, head.headers)
  await rename(part, path)
}

/** The hub sends the SHA-256 of large files as an etag. */
async function checkDigest(url: string, part: string, headers: Headers): Promise<void> {
  const named = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replaceAll('"', '')
  if (!/^[0-9a-f]{64}$/.test(named)) return
  const digest = await digestOfFile(part)
  if (digest === named) return
  await rm(part)
  throw new Refusal(`${url}: the download has SHA-256 ${digest}, its server declares ${named}; the download was deleted`)
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

const bytesOf = async (path: string): Promise<number | null> => (await stat(path).catch(() => null))?.size ?? null

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    // Without compression in transit, content-length is the file's length.
    return await fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), 'accept-encoding': 'identity' } })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Refusal(`${url}: no answer (${cause})`, { cause: error })
  }
}

/**
 * The Assay to which models are added: the one running in this checkout, or another.
 * @module
 */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { components } from '../../contracts/api-types.d.ts'
import { withoutSlashesAtEnd } from '../../contracts/endpoint-address.ts'
import { type ModelManifest, storedFilesOf } from '../../contracts/model-manifest.ts'
import { Refusal } from './refusal.ts'

type Schemas = components['schemas']
/** A model as the API describes it. */
export type ModelObject = Schemas['Model']

export interface Service {
  readonly url: string
  list(): Promise<readonly ModelObject[]>
  remove(id: string): Promise<void>
  /** Registers a prepared model and uploads its files. */
  add(manifest: ModelManifest, folder: string, say: (line: string) => void): Promise<ModelObject>
}

/**
 * Finds the address and the key: first `--server` and `--key`, then `ASSAY_URL` and `ASSAY_KEY`, then the
 * files of `npm start`.
 * @param given - `--server` and `--key`
 * @param work - the folder of those files
 * @throws {Refusal} without an address or a key
 */
export async function findService(
  given: { readonly server: string | undefined; readonly key: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
  work: string,
): Promise<Service> {
  const url = given.server ?? environment['ASSAY_URL'] ?? (await localUrl(work))
  const key = given.key ?? environment['ASSAY_KEY'] ?? (await readFile(join(work, 'local-key'), 'utf8').catch(() => undefined))
  if (url === undefined) throw new Refusal('no Assay runs in this checkout: start one (npm start), or name another by --server')
  if (key === undefined) throw new Refusal('no key: give one by --key or ASSAY_KEY')
  return service(withoutSlashesAtEnd(url), key.trim())
}

async function localUrl(work: string): Promise<string | undefined> {
  const written = await readFile(join(work, 'server.json'), 'utf8').catch(() => null)
  return written === null ? undefined : (JSON.parse(written) as { url?: string }).url
}

function service(url: string, key: string): Service {
  async function call<T>(method: string, path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<T> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${key}` }
    const response = await fetch(`${url}${path}`, { ...init, method, headers }).catch((error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
      throw new Refusal(`${url} does not answer (${cause}); is Assay running?`, { cause: error })
    })
    const text = await response.text()
    if (!response.ok) throw new Refusal(`${method} ${path} answered ${response.status}: ${sentenceOf(text)}`)
    return JSON.parse(text) as T
  }

  return {
    url,
    list: async () => (await call<{ data: ModelObject[] }>('GET', '/v1/models')).data,
    remove: async (id) => void (await call('DELETE', `/v1/models/${encodeURIComponent(id)}`)),
    async add(manifest, folder, say) {
      await call('POST', '/v1/models', {
        body: JSON.stringify({ manifest }),
        headers: { 'content-type': 'application/json' },
      })
      for (const { file, sha256 } of storedFilesOf(manifest)) {
        const path = join(folder, file)
        const { size } = await stat(path)
        say(`uploading ${file}, ${size} bytes`)
        await call('PUT', `/v1/models/${manifest.id}/files/${sha256}`, {
          body: Readable.toWeb(createReadStream(path)) as unknown as ReadableStream,
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          duplex: 'half',
        })
      }
      return call('GET', `/v1/models/${manifest.id}`)
    },
  }
}

/** The message of a problem document or an OpenAI error. */
function sentenceOf(body: string): string {
  try {
    const problem = JSON.parse(body) as Partial<Schemas['Problem']>
    return problem.detail ?? problem.error?.message ?? body
  } catch {
    return body.slice(0, 300)
  }
}

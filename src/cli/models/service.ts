/**
 * The Assay to which models are added: the one running in this checkout, or another.
 * @module
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { components } from '../../contracts/api-types.d.ts'
import { type ModelManifest, storedFilesOf } from '../../contracts/model-manifest.ts'
import type { Connection } from '../connection.ts'

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

export function serviceAt({ url, call, send }: Connection): Service {
  return {
    url,
    list: async () => (await call<{ data: ModelObject[] }>('GET', '/v1/models')).data,
    remove: async (id) => void (await call('DELETE', `/v1/models/${encodeURIComponent(id)}`)),
    async add(manifest, folder, say) {
      await send('POST', '/v1/models', { manifest })
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

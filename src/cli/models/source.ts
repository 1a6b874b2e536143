/**
 * Source of a model: a folder, or a repository in the hub's layout (`{address}/resolve/{revision}/{file}`).
 * Sizes of remote files come from their headers, before anything is downloaded.
 * @module
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { download, sizeOf } from './download.ts'
import { Refusal } from './refusal.ts'

export interface Source {
  /** For people, and the default id. */
  readonly name: string
  /** @throws {Refusal} if the folder does not exist; a remote repository is checked file by file */
  requireFound(): Promise<void>
  /** Size of a file in bytes; null if it does not exist. Downloads nothing. */
  size(file: string): Promise<number | null>
  /** A local path of the complete file. */
  local(file: string): Promise<string>
}

export interface SourceOptions {
  /** Folder for downloads. */
  readonly downloads: string
  readonly revision: string
  readonly say: (line: string) => void
}

/**
 * @param given a folder, or an http(s) address of a repository; also accepts a browser's address
 *   (`…/tree/{revision}`)
 */
export function openSource(given: string, options: SourceOptions): Source {
  if (!/^https?:\/\//.test(given)) return folderSource(given)
  const [, address = given, revision] = /^(.*?)\/+(?:tree|blob|resolve)\/+([^/]+)(?:\/.*)?$/.exec(given) ?? []
  const named = revision === undefined ? options : { ...options, revision: decodeURIComponent(revision) }
  return hubSource(address.replace(/\/+$/, ''), named)
}

function folderSource(given: string): Source {
  const folder = resolve(given)
  return {
    name: basename(folder),
    async requireFound() {
      const found = await stat(folder).catch(() => null)
      if (found?.isDirectory()) return
      // `owner/name`, as in the hub's tools.
      const looksNamed = /^[\w.-]+\/[\w.-]+$/.test(given)
      throw new Refusal(
        found !== null
          ? `${folder} is a file: give the folder of the model`
          : `there is no folder ${folder}${looksNamed ? `; for a repository give its whole address, https://<hub>/${given}` : ''}`,
      )
    },
    async size(file) {
      const found = await stat(join(folder, file)).catch(() => null)
      return found?.isFile() ? found.size : null
    },
    local: async (file) => join(folder, file),
  }
}

function hubSource(address: string, { downloads, revision, say }: SourceOptions): Source {
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') throw new Refusal('an address may not carry a user name or password')
  const urlOf = (file: string): string => `${address}/resolve/${encodeURIComponent(revision)}/${file}`
  const folder = join(downloads, url.host.replaceAll(':', '_'), ...url.pathname.split('/').filter(Boolean), revision)
  return {
    name: basename(url.pathname),
    requireFound: async () => undefined,
    size: (file) => sizeOf(urlOf(file)),
    async local(file) {
      const path = join(folder, file)
      await download(urlOf(file), path, say)
      return path
    },
  }
}

/** Opens a local file as a web stream. Each chunk has its own buffer, so a reader may transfer it. */
export async function openLocal(path: string): Promise<ReadableStream<Uint8Array>> {
  const stream = createReadStream(path, { highWaterMark: 2 ** 20 })
  return new ReadableStream<Uint8Array>({
    async start(controller) {
      for await (const chunk of stream) controller.enqueue(Uint8Array.from(chunk as Buffer))
      controller.close()
    },
  })
}

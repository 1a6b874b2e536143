/**
 * `client.files` and `client.uploads`.
 * @module
 */
import type OpenAI from 'openai'
import { toFile } from 'openai'
import type { components } from '../../../src/contracts/api-types.d.ts'
import { differences, type SdkMethod } from './sdk-method.ts'

type Schemas = components['schemas']

const FILES = '4.0.0'
const UPLOADS = '4.53.0'

const fileAnswer = differences<Schemas['File'], OpenAI.FileObject>()('File', {
  purpose: 'always `evals`, which the package takes but does not list in answers',
})
const uploadAnswer = differences<Schemas['Upload'], OpenAI.Upload>()('Upload', { file: 'its `purpose` is `evals`' })

const UPLOAD = { bytes: 6, filename: 'data.jsonl', mime_type: 'application/jsonl', purpose: 'evals' } as const

export const filesMethods: readonly SdkMethod[] = [
  {
    method: 'files.create',
    since: FILES,
    answer: fileAnswer,
    request: '`purpose` is `evals`; at most 50,000,000 bytes',
    call: async ({ client, made }) => {
      const file = await client.files.create({ file: await toFile(Buffer.from('{"item":{}}'), 'data.jsonl'), purpose: 'evals' })
      made['file'] = file.id
      return file
    },
  },
  {
    method: 'files.retrieve',
    since: FILES,
    answer: fileAnswer,
    call: ({ client, made }) => client.files.retrieve(made['file']!),
  },
  {
    method: 'files.list',
    since: FILES,
    answer: fileAnswer,
    request: '`limit` is at most 100',
    call: ({ client }) => client.files.list({ limit: 5, order: 'desc', purpose: 'evals' }),
  },
  {
    method: 'files.content',
    since: FILES,
    call: async ({ client, made }) => {
      const content = await (await client.files.content(made['file']!)).text()
      if (content !== '{"item":{}}') throw new Error(`another content: ${content}`)
      return content
    },
  },
  {
    method: 'files.waitForProcessing',
    since: '4.5.0',
    answer: fileAnswer,
    call: ({ client, made }) => client.files.waitForProcessing(made['file']!, { maxWait: 5000 }),
  },
  { method: 'files.delete', since: FILES, call: ({ client, made }) => client.files.delete(made['file']!) },
  {
    method: 'uploads.create',
    since: UPLOADS,
    answer: uploadAnswer,
    request: '`purpose` is `evals`; at most 2,000,000,000 bytes',
    call: async ({ client, made }) => {
      const upload = await client.uploads.create(UPLOAD)
      made['upload'] = upload.id
      return upload
    },
  },
  {
    method: 'uploads.parts.create',
    since: UPLOADS,
    request: 'at most 64 MiB a part',
    call: async ({ client, made }) => {
      const part = await client.uploads.parts.create(made['upload']!, { data: await toFile(Buffer.from('123456'), 'part') })
      made['part'] = part.id
      return part
    },
  },
  {
    method: 'uploads.complete',
    since: UPLOADS,
    answer: uploadAnswer,
    call: ({ client, made }) => client.uploads.complete(made['upload']!, { part_ids: [made['part']!] }),
  },
  {
    method: 'uploads.cancel',
    since: UPLOADS,
    answer: uploadAnswer,
    call: async ({ client }) => client.uploads.cancel((await client.uploads.create(UPLOAD)).id),
  },
]

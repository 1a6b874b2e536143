/**
 * Asks models of a running Assay by the unmodified providers of promptfoo (npm `promptfoo`).
 *
 * Writes JSON: the answer of a chat model, and the length of a text's vector.
 *
 * Usage: node test/interop/promptfoo_client.mjs PACKAGE BASE_URL KEY CHAT_MODEL EMBEDDING_MODEL QUESTION
 */
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'

const [folder, apiBaseUrl, apiKey, chatModel, embeddingModel, question] = process.argv.slice(2)
Object.assign(process.env, {
  PROMPTFOO_DISABLE_TELEMETRY: '1',
  PROMPTFOO_DISABLE_UPDATE: '1',
  PROMPTFOO_CACHE_ENABLED: 'false',
  PROMPTFOO_CONFIG_DIR: join(tmpdir(), 'assay-promptfoo'),
})
const found = createRequire(join(folder, 'package.json')).resolve('promptfoo')
const loaded = await import(pathToFileURL(found).href)
const { loadApiProvider } = loaded.default ?? loaded
const options = { options: { config: { apiBaseUrl, apiKey, temperature: 0 } } }
const chat = await loadApiProvider(`openai:chat:${chatModel}`, options)
const answered = await chat.callApi(question)
const embedder = await loadApiProvider(`openai:embedding:${embeddingModel}`, options)
const embedded = await embedder.callEmbeddingApi(question)
process.stdout.write(
  JSON.stringify({
    error: answered.error ?? embedded.error ?? null,
    output: answered.output,
    tokens: answered.tokenUsage?.total,
    dimensions: embedded.embedding?.length,
  }),
)
process.exit(0)

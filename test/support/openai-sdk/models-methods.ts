/**
 * `client.models`, `client.embeddings` and `client.chat.completions`.
 * @module
 */
import type OpenAI from 'openai'
import type { components } from '../../../src/contracts/api-types.d.ts'
import { added } from '../../e2e/bad-input/bodies.ts'
import { samplePng } from '../png.ts'
import { differences, type SdkMethod } from './sdk-method.ts'

type Schemas = components['schemas']

const START = '4.0.0'
const STORED = '4.85.0'
const HELPERS = '5.0.0'

const PICTURE = `data:image/png;base64,${Buffer.from(samplePng(1)).toString('base64')}`

const QUESTION = {
  model: 'assay-lxmert',
  messages: [
    {
      role: 'user' as const,
      content: [
        { type: 'image_url' as const, image_url: { url: PICTURE } },
        { type: 'text' as const, text: 'What colour is it?' },
      ],
    },
  ],
}

/** A tool whose result says the country. */
export const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    parse: JSON.parse as (input: string) => { city: string },
    function: ({ city }: { city: string }) => `In ${city}, which is in France, it rains.`,
  },
}

const ONE_QUESTION =
  'at a configured endpoint everything is passed on, also each chunk of a stream when it comes; an edge model reads one question or statement about one or two pictures, each a `data:` URI or a stored `img_…`, and refuses the rest'

const embeddingAnswer = differences<Schemas['EmbeddingList'], OpenAI.CreateEmbeddingResponse>()('EmbeddingList', {
  data: '`embedding` is a text with `encoding_format: "base64"`, as the package expects',
})
const chatAnswer = differences<Schemas['ChatCompletion'], OpenAI.ChatCompletion>()('ChatCompletion', {
  choices: '`finish_reason` is as an endpoint says, also another word than OpenAI’s',
})

const messageAnswer = differences<Schemas['ChatCompletionStoreMessage'], OpenAI.Chat.ChatCompletionStoreMessage>()(
  'ChatCompletionStoreMessage',
  {
    role: 'that of the message, also `user` and `system`',
    tool_calls: 'as they were sent',
    content_parts: 'pictures are ids `img_…` of stored ones',
  },
)

export const modelsMethods: readonly SdkMethod[] = [
  { method: 'models.list', since: START, call: ({ client }) => client.models.list() },
  { method: 'models.retrieve', since: START, call: ({ client }) => client.models.retrieve('assay-clip') },
  {
    method: 'models.delete',
    since: START,
    request: 'needs an administrator’s key; a shipped model is refused',
    call: async ({ client }) => {
      await client.post('/models', { body: { manifest: added() } })
      return client.models.delete('added')
    },
  },
  {
    method: 'embeddings.create',
    since: START,
    answer: embeddingAnswer,
    request:
      'an edge model, or one at a configured endpoint; tokens as `input` are refused; at most 512 texts; `modality: "image"` embeds pictures',
    call: async ({ client }) => {
      const asked = { model: 'assay-clip', input: ['a dog', 'a cat'] }
      // The package asks for base64 and decodes it, unless a format is named.
      const { data } = await client.embeddings.create(asked)
      const plain = await client.embeddings.create({ ...asked, encoding_format: 'float' })
      const pictures = await client.embeddings.create({ ...asked, input: [PICTURE], modality: 'image' } as typeof asked)
      const lengths = [...data, ...plain.data, ...pictures.data].map(({ embedding }) => Math.hypot(...embedding).toFixed(4))
      if (new Set(lengths).size > 1 || lengths[0] !== '1.0000') throw new Error(`lengths of vectors: ${lengths.join()}`)
      if (data[1]!.embedding.some((value, index) => value !== plain.data[1]!.embedding[index]))
        throw new Error('base64 and numbers differ')
      return data
    },
  },
  {
    method: 'chat.completions.create',
    since: START,
    answer: chatAnswer,
    request: ONE_QUESTION,
    call: async ({ client }) => {
      const { choices } = await client.chat.completions.create({ ...QUESTION, logprobs: true, top_logprobs: 3 })
      const [token] = choices[0]!.logprobs!.content!
      if (token!.token !== choices[0]!.message.content || token!.top_logprobs.length !== 3 || token!.logprob > 0)
        throw new Error(`another answer: ${JSON.stringify(choices)}`)
      return choices
    },
  },
  {
    method: 'chat.completions.stream',
    since: HELPERS,
    request: 'as `create`',
    call: async ({ client }) => {
      const streamed = await client.chat.completions
        .stream({ ...QUESTION, stream_options: { include_usage: true } })
        .finalChatCompletion()
      const whole = await client.chat.completions.create(QUESTION)
      if (streamed.choices[0]!.message.content !== whole.choices[0]!.message.content || streamed.usage!.completion_tokens !== 1)
        throw new Error(`another answer: ${JSON.stringify(streamed)}`)
      return streamed
    },
  },
  {
    method: 'chat.completions.parse',
    since: HELPERS,
    request: 'as `create`',
    call: ({ client }) => client.chat.completions.parse(QUESTION),
  },
  {
    method: 'chat.completions.runTools',
    since: HELPERS,
    request: 'at a configured endpoint, whole and as a stream; an edge model calls no tools and refuses them with 400',
    call: async ({ client }) => {
      const refused = await client.chat.completions
        .runTools({ ...QUESTION, tools: [WEATHER] })
        .finalContent()
        .catch((error: unknown) => (error as { status?: number }).status)
      if (refused !== 400) throw new Error(`an edge model answered ${String(refused)}`)
      const asked = {
        model: 'judge/any',
        messages: [{ role: 'user' as const, content: 'Call Paris, then name the capital.' }],
        tools: [WEATHER],
      }
      const answers = [
        await client.chat.completions.runTools(asked).finalContent(),
        await client.chat.completions.runTools({ ...asked, stream: true }).finalContent(),
      ]
      if (answers.join() !== 'Paris,Paris') throw new Error(`other answers: ${answers.join()}`)
      return answers
    },
  },
  {
    method: 'chat.completions.retrieve',
    since: STORED,
    answer: chatAnswer,
    call: async ({ client, made }) => {
      const stored = await client.chat.completions.create({ ...QUESTION, store: true, metadata: { team: 'vision' } })
      made['completion'] = stored.id
      const again = await client.chat.completions.retrieve(stored.id)
      if (JSON.stringify(again) !== JSON.stringify(stored)) throw new Error(`another completion: ${JSON.stringify(again)}`)
      return again
    },
  },
  {
    method: 'chat.completions.update',
    since: STORED,
    answer: chatAnswer,
    call: ({ client, made }) => client.chat.completions.update(made['completion']!, { metadata: { team: 'sound' } }),
  },
  {
    method: 'chat.completions.list',
    since: STORED,
    answer: chatAnswer,
    request: 'kept for 30 days',
    call: async ({ client, made }) => {
      const [mine, others] = await Promise.all(
        ['sound', 'vision'].map((team) =>
          client.chat.completions.list({ metadata: { team }, model: QUESTION.model, order: 'desc' }),
        ),
      )
      if (mine!.data[0]!.id !== made['completion'] || others!.data.length > 0) throw new Error('the filter does not hold')
      return mine
    },
  },
  {
    method: 'chat.completions.messages.list',
    since: STORED,
    answer: messageAnswer,
    call: async ({ client, made }) => {
      const { data } = await client.chat.completions.messages.list(made['completion']!)
      const [picture] = data[0]!.content_parts ?? []
      if (picture?.type !== 'image_url' || !picture.image_url.url.startsWith('img_')) throw new Error(JSON.stringify(data))
      return data
    },
  },
  {
    method: 'chat.completions.delete',
    since: STORED,
    call: async ({ client, made }) => {
      const deleted = await client.chat.completions.delete(made['completion']!)
      const gone = await client.chat.completions.retrieve(made['completion']!).catch((error: unknown) => error)
      if ((gone as { status?: number }).status !== 404) throw new Error('it is still there')
      return deleted
    },
  },
]

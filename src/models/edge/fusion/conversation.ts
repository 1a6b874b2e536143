/**
 * A conversation with a model that answers: one message of the user, with one text and one or two pictures.
 * Chat completions and runs over items of the user's own shape read it here.
 * @module
 */
import { z } from 'zod'
import { unprocessableField } from '../../../contracts/failure.ts'
import type { AnsweringSkill } from '../../../contracts/fusion-manifest.ts'
import { SampleError } from '../../../contracts/model.ts'
import { NO_PICTURE_TEXT, PICTURE_TEXT } from '../../../contracts/picture-text.ts'
import { isStored, type PromptMessage, type PromptTemplate } from '../../../contracts/prompt.ts'
import { placeholdersIn } from '../../../tasks/placeholder.ts'

/** UTF-16 code units. The models read a few dozen tokens. */
const MOST_CHARACTERS = 1024

const words = z.string().max(MOST_CHARACTERS).regex(/\S/, 'must not be empty')

const imageUrl = z
  .string()
  .regex(PICTURE_TEXT, NO_PICTURE_TEXT)
  .describe('A `data:` URI in base64, or the id `img_…` of a stored picture.')

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: words }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({
      url: imageUrl,
      detail: z.enum(['auto', 'low', 'high']).optional().describe('A hint, without effect: the models have one input size.'),
    }),
  }),
])

const ONE_QUESTION =
  'the model reads one question about pictures, without instructions or an earlier conversation: send one message of the role user'

const NO_PICTURE = 'must be a list of parts with a picture: the model answers about pictures'

const message = z.strictObject({
  role: z.literal('user', ONE_QUESTION),
  content: z
    .array(part, { error: ({ input }) => (typeof input === 'string' ? NO_PICTURE : undefined) })
    .min(1)
    .max(3)
    .describe('One text, and one picture for a question, or one or two pictures for a statement.'),
})

export const skillField = z
  .enum(['question', 'statement', 'caption'])
  .optional()
  .describe(
    'For an edge model: whether the text asks or states; a caption is written without a text. Default: the only thing that the model does; otherwise a question with one picture, a statement with two.',
  )

export const conversationFields = {
  messages: z.tuple([message], { error: ({ input }) => (Array.isArray(input) ? ONE_QUESTION : undefined) }),
  skill: skillField,
} as const

const fields = z.strictObject(conversationFields)

export type Conversation = z.output<typeof fields>

/** A parameter with one meaning for such a model. */
const only = <const Value extends z.core.util.Literal>(value: Value, why: string) =>
  z.literal(value, { error: `must be ${String(value)}, or be left out: ${why}` }).nullish()

const MOST_PROBABLE = 'the model gives its most probable answer'

/** Parameters of chat completions and of runs that such a model can follow. */
export const samplingFields = {
  temperature: only(0, MOST_PROBABLE),
  top_p: z.number().gt(0).max(1).nullish().describe('Without effect on the most probable answer.'),
  seed: z.int().nullish().describe('Without effect: an answer is always the same.'),
  max_completion_tokens: z.int().min(1).nullish().describe('An answer counts as one token.'),
  response_format: z.strictObject({ type: z.literal('text', 'must be text: the model answers in a few words') }).nullish(),
} as const

/** Parameters of other requests that such a model can follow, each with one meaning. */
export const fixedFields = {
  n: only(1, MOST_PROBABLE),
  presence_penalty: only(0, MOST_PROBABLE),
  frequency_penalty: only(0, MOST_PROBABLE),
} as const

/** The sampling parameters of a run. */
export const edgeSampling = z.strictObject(samplingFields)

type Read = Pick<Conversation, 'messages'>

const textsOf = ({ messages: [{ content }] }: Read): readonly string[] =>
  content.flatMap((one) => (one.type === 'text' ? [one.text] : []))

/** The pictures of the message, with their places in the request. */
export const picturesOf = ({ messages: [{ content }] }: Read): { readonly url: string; readonly place: string }[] =>
  content.flatMap((one, index) =>
    one.type === 'image_url' ? [{ url: one.image_url.url, place: `/messages/0/content/${index}/image_url/url` }] : [],
  )

/** Adds an issue for each rule over the parts that a conversation breaks. */
export function checkConversation(chat: Conversation, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], fault: string) => context.addIssue({ code: 'custom', path, message: fault })
  const content = ['messages', 0, 'content']
  const pictures = picturesOf(chat).length
  const texts = textsOf(chat).length
  if (chat.skill === 'caption' && texts > 0) refuse(content, 'must have no text part for a caption: the model would not read it')
  if (chat.skill !== 'caption' && texts !== 1)
    refuse(content, `must have one text part, has ${texts}; for a caption send skill: "caption"`)
  if (pictures === 0) refuse(content, NO_PICTURE)
  if (chat.skill !== undefined && chat.skill !== 'statement' && pictures > 1)
    refuse(['skill'], `cannot be ${chat.skill} with two pictures`)
  if (pictures > 2) refuse(content, 'must have at most two pictures')
}

const conversation = fields.superRefine(checkConversation)

/** The skill that answers, and the text; empty for a caption. */
export interface AskedWords {
  readonly skill: AnsweringSkill
  readonly text: string
}

export function askedWords(chat: Conversation): AskedWords {
  const skill = chat.skill ?? (picturesOf(chat).length === 1 ? 'question' : 'statement')
  return { skill, text: textsOf(chat)[0] ?? '' }
}

/** The skill that a request means by naming none; undefined: the number of pictures says it. */
export const onlySkill = (skills: readonly AnsweringSkill[]): AnsweringSkill | undefined =>
  skills.length === 1 ? skills[0] : undefined

/** How a run asks: the prompt's messages, and the skill that the run names. */
export interface AskedBy {
  readonly skills: readonly AnsweringSkill[]
  readonly skill: AnsweringSkill | undefined
}

/**
 * Reads the filled messages of an item.
 * @throws {SampleError} `prompt_not_read` with the place in the messages
 */
export function readMessages(
  messages: readonly PromptMessage[],
  asked: AskedBy,
): AskedWords & { readonly pictures: readonly string[] } {
  const read = parse(messages, asked)
  if (read.success) return { ...askedWords(read.data), pictures: picturesOf(read.data).map(({ url }) => url) }
  const { path, message: fault } = read.error.issues[0]!
  throw new SampleError('prompt_not_read', `the model cannot read the prompt of this item: /${path.join('/')}: ${fault}`)
}

/** Any picture, where a template names one of an item. */
const SOME_PICTURE = `img_${'0'.repeat(64)}`

/**
 * Refuses a template that the model could read for no item. Messages that the items hold are read with them.
 * @param pointer - JSON pointer of the model's reference, whose members are `prompt` and `skill`
 * @throws {Fault} `unprocessable`
 */
export function requireReadable(template: PromptTemplate, asked: AskedBy, pointer: string): void {
  const messages = shapeOf(template)
  const read = messages && parse(messages, asked)
  if (read?.success !== false) return
  const { path, message: fault } = read.error.issues[0]!
  const [member, ...place] = path.map(String)
  throw unprocessableField([pointer, ...(member === 'skill' ? ['skill'] : ['prompt', ...place])].join('/'), fault)
}

/** null: an item's member holds the messages. */
function shapeOf(template: PromptTemplate): PromptMessage[] | null {
  if (typeof template === 'string') {
    const [first] = placeholdersIn(template)
    return first?.text === template.trim() ? null : [{ role: 'user', content: [{ type: 'text', text: 'text' }] }]
  }
  return template.map(({ role, content }) => ({
    role: role === 'developer' ? 'system' : role,
    content: [content].flat().map((each) => {
      if (typeof each === 'string' || each.type !== 'input_image') return { type: 'text', text: 'text' }
      return { type: 'image', image: { url: placeholdersIn(each.image_url).length > 0 ? SOME_PICTURE : each.image_url } }
    }),
  }))
}

const parse = (messages: readonly PromptMessage[], { skills, skill = onlySkill(skills) }: AskedBy) =>
  conversation.safeParse({
    messages: messages.map(({ role, content }) => ({
      role,
      content: content.map((each) =>
        each.type === 'text'
          ? { type: 'text', text: each.text }
          : { type: 'image_url', image_url: { url: isStored(each.image) ? `img_${each.image.sha256}` : each.image.url } },
      ),
    })),
    skill,
  })

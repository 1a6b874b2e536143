/**
 * Stored chat completions as items: `item.input` holds the messages, `sample.output_text` the answer.
 * @module
 */
import { type Failure, Fault, unprocessableField } from '../../../../contracts/failure.ts'
import type { CompletionFilter, StoredCompletion } from '../../../../contracts/stored-completion.ts'
import type { ItemWithSample } from '../../../../imports/custom-items.ts'
import { evalsMessages } from '../../../../tasks/custom/chat-messages.ts'
import type { Services } from '../../../app-context.ts'
import type { StoredSource } from './schema.ts'

const SOURCE = '/data_source/source'

/** Most completions of a run. */
const MOST_COMPLETIONS = 1000
/** Most UTF-16 code units of all of them. */
const MOST_CHARACTERS = 8_000_000

export interface StoredItems {
  readonly items: readonly ItemWithSample[]
  /** Ids of the completions, in the order of the items: oldest first. */
  readonly ids: readonly string[]
}

/**
 * Reads the latest completions that meet the conditions of the eval and of the run.
 * @param metadata - pairs that the eval asks for
 * @throws {Fault} `unprocessable` if none does, or too many do
 */
export async function readStoredCompletions(
  { completions }: Pick<Services, 'completions'>,
  tenant: string,
  metadata: Readonly<Record<string, string>>,
  source: StoredSource,
): Promise<StoredItems> {
  const filter = filterOf(source, metadata)
  const found = await completions.latest(tenant, filter, source.limit ?? MOST_COMPLETIONS + 1)
  if (found.length === 0)
    throw unprocessableField(SOURCE, 'no stored completion meets these conditions; make completions with store: true')
  if (found.length > MOST_COMPLETIONS)
    throw unprocessableField(
      `${SOURCE}/limit`,
      `is needed: more than ${MOST_COMPLETIONS} stored completions meet these conditions, and a run reads at most as many`,
    )
  const actual = found.reduce((sum, { characters }) => sum + characters, 0)
  if (actual > MOST_CHARACTERS) throw new Fault(tooLarge(actual))
  const oldestFirst = found.map(({ id }) => id).toReversed()
  const stored = await completions.read(tenant, oldestFirst)
  return { items: stored.map(itemOf), ids: stored.map(({ id }) => id) }
}

const tooLarge = (actual: number): Failure => ({
  kind: 'too_large',
  what: 'the stored completions of this run',
  limit: MOST_CHARACTERS,
  actual,
  unit: 'characters',
  remedy: 'give a limit or narrower conditions',
  pointer: SOURCE,
})

function filterOf(source: StoredSource, ofEval: Readonly<Record<string, string>>): CompletionFilter {
  const own = source.metadata ?? {}
  for (const [key, value] of Object.entries(own))
    if (Object.hasOwn(ofEval, key) && ofEval[key] !== value)
      throw unprocessableField(
        `${SOURCE}/metadata/${key}`,
        `must be ${JSON.stringify(ofEval[key])}, as in the eval, or be left out`,
      )
  const { created_after: after, created_before: before } = source
  return {
    metadata: { ...ofEval, ...own },
    model: source.model ?? undefined,
    createdAfter: after == null ? undefined : after * 1000,
    createdBefore: before == null ? undefined : before * 1000 + 999,
    ...(source.type === 'responses' && {
      temperature: source.temperature ?? undefined,
      topP: source.top_p ?? undefined,
      reasoningEffort: source.reasoning_effort ?? undefined,
      users: source.users ?? undefined,
      tools: source.tools ?? undefined,
      instructions: source.instructions_search ?? undefined,
    }),
  }
}

interface Answer {
  readonly choices?: readonly {
    readonly finish_reason?: string
    readonly message?: { readonly content?: string | null; readonly tool_calls?: unknown }
  }[]
  readonly usage?: unknown
}

/** The item is what was asked, so runs of several models over the same completions have the same items. */
function itemOf({ id, model, metadata, messages, parameters, completion, createdAt }: StoredCompletion): ItemWithSample {
  const { choices, usage } = completion as Answer
  const { message, finish_reason } = choices?.[0] ?? {}
  const { tools } = parameters
  return {
    item: { input: evalsMessages(messages), metadata, ...(tools !== undefined && { tools }) },
    sample: {
      ...(typeof message?.content === 'string' && { output_text: message.content }),
      ...(message?.tool_calls !== undefined && { output_tools: message.tool_calls }),
      model,
      finish_reason,
      usage,
      completion_id: id,
      created_at: Math.floor(createdAt / 1000),
    },
  }
}

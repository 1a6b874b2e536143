/**
 * The chunks of a streamed chat completion as one completion.
 * @module
 */
import { z } from 'zod'
import { reckonedTokens } from '../../../contracts/call-cost.ts'
import { SampleError } from '../../../contracts/model.ts'
import { type ForwardedCompletion, readFolded, readUsage } from './forward-chat.ts'

const chunkChoice = z.looseObject({
  index: z.int().nonnegative().max(127).nullish(),
  delta: z.looseObject({}).nullish(),
  finish_reason: z.string().nullish(),
  logprobs: z.unknown().optional(),
})

/** Members that every server has; the others are passed on as they are. */
export const chatChunk = z.looseObject({
  model: z.string().nullish().catch(null),
  system_fingerprint: z.string().nullish().catch(null),
  choices: z.array(chunkChoice).nullish(),
  usage: z.unknown().optional(),
})

export type ChatChunk = z.output<typeof chatChunk>

type Members = Readonly<Record<string, unknown>>

interface FoldedChoice {
  /** Pieces of the texts of its message, by the name of the member. */
  readonly texts: Map<string, string[]>
  /** Other members than texts: the last value counts. */
  readonly others: Map<string, unknown>
  readonly calls: Map<number, { readonly members: Record<string, unknown>; readonly pieces: Record<string, string[]> }>
  readonly logprobs: { readonly content: unknown[]; readonly refusal: unknown[] }
  hasLogprobs: boolean
  finishReason: string | null
}

/** Most UTF-16 code units of the texts and calls of an answer that is kept. */
const MOST_KEPT = 1024 * 1024

export class FoldedChunks {
  model: string | null = null
  systemFingerprint: string | null = null
  /** The last one said, since some servers count as they go. */
  usage: ForwardedCompletion['usage'] = null
  readonly #keeps: boolean
  readonly #choices = new Map<number, FoldedChoice>()
  #textBytes = 0
  #deltas = 0
  #kept = 0

  /** @param keeps - whether {@link completion} will be asked for; otherwise no text is kept */
  constructor(keeps: boolean) {
    this.#keeps = keeps
  }

  /** Tokens that came so far, rather too many than too few: a chunk has one at least. */
  get tokens(): number {
    return Math.max(this.#deltas, reckonedTokens(this.#textBytes))
  }

  get isEmpty(): boolean {
    return this.#choices.size === 0
  }

  /** Whether every choice that began has an end. */
  get isFinished(): boolean {
    return this.#choices.size > 0 && [...this.#choices.values()].every(({ finishReason }) => finishReason !== null)
  }

  /** @throws {SampleError} for an answer that is too long to be kept */
  add({ model, system_fingerprint: fingerprint, choices, usage }: ChatChunk): void {
    this.model ??= model ?? null
    this.systemFingerprint ??= fingerprint ?? null
    this.usage = readUsage(usage) ?? this.usage
    for (const { index, delta, finish_reason: reason, logprobs } of choices ?? []) {
      const choice = this.#choice(index ?? 0)
      this.#count(JSON.stringify(delta ?? {}))
      if (reason != null) choice.finishReason = reason
      if (!this.#keeps) continue
      for (const [name, value] of Object.entries(delta ?? {})) addMember(choice, name, value)
      addLogprobs(choice, logprobs)
    }
  }

  /** The completion of a stream that has ended, in the shape of one that came whole. */
  completion(): ForwardedCompletion {
    const choices = [...this.#choices].toSorted(([a], [b]) => a - b)
    return readFolded({
      model: this.model,
      system_fingerprint: this.systemFingerprint,
      choices: choices.map(([index, choice]) => ({
        index,
        finish_reason: choice.finishReason,
        message: messageOf(choice),
        logprobs: choice.hasLogprobs ? choice.logprobs : null,
      })),
      usage: this.usage,
    })
  }

  #choice(index: number): FoldedChoice {
    const known = this.#choices.get(index)
    if (known !== undefined) return known
    const choice: FoldedChoice = {
      texts: new Map(),
      others: new Map(),
      calls: new Map(),
      logprobs: { content: [], refusal: [] },
      hasLogprobs: false,
      finishReason: null,
    }
    this.#choices.set(index, choice)
    return choice
  }

  #count(delta: string): void {
    if (delta === '{}') return
    this.#deltas++
    this.#textBytes += Math.max(0, new TextEncoder().encode(delta).length - EMPTY_DELTA.length)
    this.#kept += this.#keeps ? delta.length : 0
    if (this.#kept > MOST_KEPT)
      throw new SampleError(
        'endpoint_response_too_large',
        `the answer is longer than ${MOST_KEPT} characters, and cannot be kept`,
      )
  }
}

const EMPTY_DELTA = '{"content":""}'

function addMember(choice: FoldedChoice, name: string, value: unknown): void {
  if (name === 'role' || value === null) return
  if (name === 'tool_calls' && Array.isArray(value)) for (const [place, call] of value.entries()) addCall(choice, call, place)
  else if (typeof value === 'string') push(choice.texts, name, value)
  else choice.others.set(name, value)
}

function push(texts: FoldedChoice['texts'], name: string, piece: string): void {
  const pieces = texts.get(name)
  if (pieces === undefined) texts.set(name, [piece])
  else pieces.push(piece)
}

/** Arguments come in pieces; id, type and name come once. */
function addCall({ calls }: FoldedChoice, given: unknown, place: number): void {
  if (typeof given !== 'object' || given === null) return
  const { index, function: called, ...rest } = given as Members & { readonly index?: unknown; readonly function?: Members | null }
  const at = typeof index === 'number' ? index : place
  const call = calls.get(at) ?? { members: {}, pieces: {} }
  calls.set(at, call)
  for (const [name, value] of Object.entries(rest)) if (value !== null && value !== '') call.members[name] = value
  for (const [name, value] of Object.entries(called ?? {})) if (typeof value === 'string') (call.pieces[name] ??= []).push(value)
}

function addLogprobs(choice: FoldedChoice, given: unknown): void {
  if (typeof given !== 'object' || given === null) return
  choice.hasLogprobs = true
  for (const name of ['content', 'refusal'] as const) {
    const tokens = (given as Members)[name]
    if (Array.isArray(tokens)) choice.logprobs[name].push(...(tokens as unknown[]))
  }
}

function messageOf({ texts, others, calls }: FoldedChoice): ForwardedCompletion['choices'][number]['message'] {
  const joined = Object.fromEntries([...texts].map(([name, pieces]) => [name, pieces.join('')]))
  const called = [...calls]
    .toSorted(([a], [b]) => a - b)
    .map(([, { members, pieces }]) => ({
      ...members,
      function: Object.fromEntries(Object.entries(pieces).map(([name, parts]) => [name, parts.join('')])),
    }))
  const { content, refusal, ...rest } = joined
  return {
    ...Object.fromEntries(others),
    ...rest,
    ...(called.length > 0 && { tool_calls: called }),
    // A text without a letter beside calls of tools stands for none, as in an answer that comes whole.
    content: content === undefined || (content === '' && called.length > 0) ? null : content,
    refusal: refusal ?? null,
  }
}

/**
 * `classify` of `POST /v1/score`: zero-shot classification of one picture among labels, each described by one prompt or several.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { calibration } from '../model-manifest.ts'

export const MAX_LABELS = 1000

/** Of one label, or templates. */
export const MAX_PROMPTS_A_LABEL = 100

/** Of all labels together: each is a run of the text tower. */
export const MAX_PROMPTS = 2000

/** Characters (UTF-16 code units): a template with a label in it is then no longer than a text may be. */
const MAX_LABEL_LENGTH = 1024

/** Stands for the label in a template. */
const PLACE = '{}'

const words = z.string().max(MAX_LABEL_LENGTH).regex(/\S/, 'must not be empty')
const prompts = z.array(words).min(1).max(MAX_PROMPTS_A_LABEL)

export const classifyRequest = z
  .strictObject({
    /** A label is put into the templates, unless it brings prompts of its own. */
    labels: z
      .array(z.union([words, z.strictObject({ label: words, prompts })], 'must be a text, or {label, prompts}'))
      .min(2)
      .max(MAX_LABELS),
    /** Such as "a picture of {}"; the label alone unless given. */
    templates: z
      .array(words.refine((template) => template.includes(PLACE), 'must have {} where the label goes: "a picture of {}"'))
      .min(1)
      .max(MAX_PROMPTS_A_LABEL)
      .optional(),
  })
  .superRefine(({ labels, templates }, context) => {
    const refuse = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message })
    const named = labels.map((entry) => (typeof entry === 'string' ? { path: [], label: entry } : { path: ['label'], ...entry }))
    forEachRepeat(
      named.map(({ label }) => label),
      (index, first) => refuse(['labels', index, ...named[index]!.path], `is the label at ${first} again; labels must differ`),
    )
    labels.forEach((entry, label) => {
      if (typeof entry === 'string') return
      forEachRepeat(entry.prompts, (index, first) =>
        refuse(['labels', label, 'prompts', index], `is the prompt at ${first} again, which would weigh twice`),
      )
    })
    forEachRepeat(templates ?? [], (index, first) =>
      refuse(['templates', index], `is the template at ${first} again, which would weigh twice`),
    )
    if (templates !== undefined && labels.every((entry) => typeof entry !== 'string'))
      refuse(['templates'], 'would not be used: every label has prompts of its own; remove one or the other')
    const total = labels.reduce(
      (sum, entry) => sum + (typeof entry === 'string' ? (templates?.length ?? 1) : entry.prompts.length),
      0,
    )
    if (total > MAX_PROMPTS)
      refuse(
        ['labels'],
        `make ${total} prompts, at most ${MAX_PROMPTS} are read a request; send fewer labels, prompts or templates`,
      )
  })
  .openapi('ClassifyRequest')

function forEachRepeat(texts: readonly string[], report: (index: number, first: number) => void): void {
  const seen = new Map<string, number>()
  texts.forEach((text, index) => {
    const first = seen.get(text)
    if (first === undefined) seen.set(text, index)
    else report(index, first)
  })
}

export interface LabelPrompts {
  readonly label: string
  readonly prompts: readonly string[]
}

/** The prompts of every label, in the request's order. */
export function promptsOf({ labels, templates = [PLACE] }: z.infer<typeof classifyRequest>): LabelPrompts[] {
  return labels.map((entry) =>
    typeof entry === 'string'
      ? { label: entry, prompts: templates.map((template) => template.replaceAll(PLACE, () => entry)) }
      : entry,
  )
}

export const classifyResponse = z
  .object({
    object: z.literal('classification'),
    model: z.string(),
    metric: z.literal('zero_shot'),
    /** `softmax`: probabilities over the labels, summing to 1. `sigmoid`: each label by itself, as the model was trained. */
    variant: z.enum(['softmax', 'sigmoid']),
    image: z.object({ sha256: z.string(), media_type: z.string(), bytes: z.int(), width: z.int(), height: z.int() }),
    /** Whether `temperature` was fitted on held-out pictures; otherwise it is the inverse of the model's learned scale. */
    calibrated: z.boolean(),
    temperature: z.number(),
    /** Added to cosine / temperature; 0 of a softmax. */
    bias: z.number(),
    /** How the temperature was fitted, and how far the probabilities of that split were off before and after. */
    calibration: calibration.nullable(),
    /** Most probable first. */
    data: z.array(
      z.object({
        /** 1 + the number of labels that are more probable: equal ones share a rank. */
        rank: z.int(),
        /** Place in the request. */
        index: z.int(),
        label: z.string(),
        probability: z.number(),
        /** Of the picture and the label's mean prompt. */
        cosine: z.number(),
        prompts: z.int(),
        /** How many of them the model read only the beginning of. */
        truncated: z.int(),
        /** Tokens of the prompts that stand for what the model's vocabulary does not have. */
        unknown_tokens: z.int().nonnegative(),
      }),
    ),
    prompts: z.int(),
    truncated_prompts: z.int(),
    identity: z.object({
      model_digest: z.string(),
      preprocessing_digest: z.string(),
      runtime: z.string(),
      /** Of the labels, their prompts, how they are averaged, and what makes probabilities of cosines. */
      classifier_digest: z.string(),
    }),
  })
  .openapi('ClassifyResponse')

export type ClassifyResponse = z.infer<typeof classifyResponse>

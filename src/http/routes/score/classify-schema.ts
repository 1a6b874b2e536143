/**
 * Wire shapes of `classify` in `/v1/score`: zero-shot classification of one picture among labels.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { calibration } from '../../../contracts/model-manifest.ts'
import { LABEL_PLACE } from '../../../contracts/label-prompts.ts'
import { detectorDigest, embeddedImage, judgement, modelIdentity, scale, unknownTokens } from './answer-schema.ts'

const MAX_LABELS = 1000

/** Per label; also templates per request. */
const MAX_PROMPTS_PER_LABEL = 100

/** Per request: the text tower embeds each. @internal */
export const MAX_PROMPTS = 2000

/** UTF-16 code units. A template with a label in it is then no longer than a text may be. */
const MAX_LABEL_LENGTH = 1024

const words = z.string().max(MAX_LABEL_LENGTH).regex(/\S/, 'must not be empty')
const prompts = z.array(words).min(1).max(MAX_PROMPTS_PER_LABEL)

export const classifyRequest = z
  .strictObject({
    labels: z
      .array(z.union([words, z.strictObject({ label: words, prompts })], 'must be a text, or {label, prompts}'))
      .min(2)
      .max(MAX_LABELS)
      .describe('Each a text that is put into the templates, or a label with prompts of its own.'),
    templates: z
      .array(words.refine((template) => template.includes(LABEL_PLACE), 'must have {} where the label goes: "a picture of {}"'))
      .min(1)
      .max(MAX_PROMPTS_PER_LABEL)
      .optional()
      .describe('Templates such as "a picture of {}". The default is the label alone.'),
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

export const classifyResponse = z
  .object({
    object: z.literal('classification'),
    model: z.string(),
    metric: z.literal('zero_shot'),
    variant: z
      .enum(['softmax', 'sigmoid'])
      .describe('`softmax`: probabilities over the labels, summing to 1. `sigmoid`: each label by itself.'),
    image: embeddedImage,
    ...judgement,
    ...scale,
    calibration: calibration
      .nullable()
      .describe('How the temperature was fitted, and the calibration error of that split before and after.'),
    data: z
      .array(
        z.object({
          rank: z.int().describe('1 + the number of labels that are more probable. Equal labels share a rank.'),
          index: z.int().describe('Index of the label in the request.'),
          label: z.string(),
          probability: z.number(),
          cosine: z.number().describe('Cosine of the picture and the mean of the label’s prompts.'),
          prompts: z.int(),
          truncated: z.int().describe('Prompts of which the model read only the beginning.'),
          unknown_tokens: unknownTokens,
        }),
      )
      .describe('Most probable first.'),
    prompts: z.int().describe('Prompts of all labels.'),
    truncated_prompts: z.int(),
    identity: z.object({
      ...modelIdentity,
      detector_digest: detectorDigest,
      classifier_digest: z
        .string()
        .describe('Digest of the labels, their prompts, how prompts are averaged, and how cosines become probabilities.'),
    }),
  })
  .openapi('ClassifyResponse')

export type ClassifyResponse = z.infer<typeof classifyResponse>

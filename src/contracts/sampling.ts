/**
 * Chat completion parameters for requests to an endpoint.
 * @module
 */
import { z } from 'zod'

/** Most characters of a JSON Schema in a request. */
const MOST_SCHEMA_CHARACTERS = 32 * 1024

const jsonSchema = z
  .record(z.string(), z.unknown())
  .refine(
    (schema) => JSON.stringify(schema).length <= MOST_SCHEMA_CHARACTERS,
    `must have at most ${MOST_SCHEMA_CHARACTERS} characters`,
  )

const name = z.string().min(1).max(64)
const description = z.string().max(8192).optional()
const strict = z.boolean().nullish()

/** A named JSON Schema for an answer. */
export const namedSchema = { name, description, schema: jsonSchema.optional(), strict } as const

/** The form of an answer. */
const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({ type: z.literal('json_schema'), json_schema: z.strictObject(namedSchema) }),
])

/** A function that a model may call. */
export const functionFields = { name, description: description.nullable(), parameters: jsonSchema.nullish(), strict } as const

export const functionTool = z.strictObject({ type: z.literal('function'), function: z.strictObject(functionFields) })

export const reasoningEffort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])

/** Most functions of a request. */
export const MOST_TOOLS = 64

/** Omitted parameters are not sent: the provider's default applies. */
export const sampling = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  seed: z.int().optional(),
  max_completion_tokens: z.int().positive().max(4096).optional(),
  reasoning_effort: reasoningEffort.optional(),
  response_format: responseFormat.optional(),
  tools: z.array(functionTool).min(1).max(MOST_TOOLS).optional(),
})

export type Sampling = z.infer<typeof sampling>

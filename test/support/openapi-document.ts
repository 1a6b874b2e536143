/**
 * The OpenAPI document that Assay serves, made in this process. That loads the whole application, which takes
 * over a second of CPU.
 * @module
 */
import { createApp } from '../../src/http/app.ts'
import { documentOf } from '../../src/http/openapi.ts'
import type { Json } from './schema-values.ts'

type Content = Readonly<Record<string, { readonly schema: Json; readonly example?: Json }>>

interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface OpenApiDocument {
  readonly info: { readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Json>> }
}

export const openApiDocument = () => documentOf(createApp()) as unknown as OpenApiDocument

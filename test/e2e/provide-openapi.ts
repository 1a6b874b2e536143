/**
 * Makes the OpenAPI document once for all files, which would load the application in each of them.
 * @module
 */
import type { TestProject } from 'vitest/node'
import { type OpenApiDocument, openApiDocument } from '../support/openapi-document.ts'

declare module 'vitest' {
  interface ProvidedContext {
    openApiDocument: OpenApiDocument
  }
}

export default function setup(project: TestProject): void {
  project.provide('openApiDocument', openApiDocument())
}

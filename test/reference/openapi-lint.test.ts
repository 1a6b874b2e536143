/** Redocly's linter over the whole document, whose examples it compiles: two seconds. */
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, test } from 'vitest'
import { openApiDocument } from '../support/openapi-document.ts'

const document = openApiDocument()

/** Rules of Redocly's linter beyond its recommended set. */
const MORE_RULES = {
  'operation-description': 'error',
  'operation-tag-defined': 'error',
  'parameter-description': 'error',
} as const

async function lint(text: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'], rules: MORE_RULES })
  const problems = await lintFromString({ source: text, config })
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`)
}

describe('the linter', () => {
  test('finds nothing in the document, whose examples it checks against their schemas', async () => {
    expect(await lint(JSON.stringify(document))).toEqual([])
  })

  test('finds an example that does not match its schema', async () => {
    // The path alone: the linter takes a second for the whole document.
    const paths = { '/v1/keys': document.paths['/v1/keys'] }
    const found = await lint(JSON.stringify({ ...document, paths }).replaceAll('"role":"member"', '"role":"guest"'))
    expect(found.filter((problem) => problem.startsWith('no-invalid-media-type-examples'))).not.toEqual([])
  })
})

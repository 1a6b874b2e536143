/**
 * Stored chat completions: conditions whose names are members of every object, and answers of any shape.
 */
import { expect, test } from 'vitest'
import type { AppContext } from '../../../../src/http/app-context.ts'
import { readQuery } from '../../../../src/http/check.ts'
import { storedShape } from '../../../../src/http/routes/chat/store-completion.ts'
import { completionQuery } from '../../../../src/http/routes/chat/stored-schema.ts'
import { readStoredCompletions } from '../../../../src/http/routes/runs/sources/stored-completions.ts'
import { createCompletionStore } from '../../../../src/storage/completion-store.ts'
import { sqliteD1 } from '../../../support/sqlite-d1.ts'

const completion = {
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, logprobs: { content: [{ token: 'hi' }] } }],
}
const stored = { id: 'chatcmpl-1', model: 'm', metadata: { toString: 'x' }, messages: [], parameters: {}, completion }

const queryOf = (query: string) => {
  const context: Pick<AppContext, 'req'> = { req: { url: `https://assay.example/v1/chat/completions?${query}` } } as never
  return readQuery(context as AppContext, completionQuery)
}

test('a condition is never dropped because of its name', () => {
  expect(queryOf('metadata[toString]=x')).toMatchObject({ metadata: { toString: 'x' } })
  expect(() => queryOf('metadata[__proto__]=x')).toThrow('metadata[__proto__]: is not a name of a pair')
})

test('pairs of a run may be called as members of every object', async () => {
  const completions = createCompletionStore(sqliteD1().db, { now: () => 1000 })
  await completions.put('t', stored)
  const source = { type: 'stored_completions', metadata: { toString: 'x' } } as const
  expect((await readStoredCompletions({ completions }, 't', {}, source)).ids).toEqual(['chatcmpl-1'])
  await expect(readStoredCompletions({ completions }, 't', { toString: 'y' }, source)).rejects.toThrow('must be "y"')
})

test('an answer of an unusual shape is given back as it was stored', () => {
  expect(storedShape({ ...stored, createdAt: 1 })).toEqual({ ...completion, metadata: stored.metadata })
})

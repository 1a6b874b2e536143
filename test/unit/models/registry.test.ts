/** The registry of model kinds. test/unit/extension.test.ts takes a toy kind from a request to a report. */
import { expect, test } from 'vitest'
import { createModelRegistry, MODEL_KINDS, type ModelKindParts, modelReference, typeOf } from '../../../src/models/registry.ts'

const KINDS = ['edge_model', 'results', 'scores', 'embeddings', 'endpoint', 'samples']
// Shipped kinds are connected and never asked here.
const PARTS = {} as ModelKindParts

test('six kinds ship, and the wire takes exactly these', () => {
  expect(MODEL_KINDS.map(typeOf)).toEqual(KINDS)
  expect(modelReference.options.map(({ shape }) => shape.type.value)).toEqual(KINDS)
})

test('two kinds of one type are a mistake of the registry', () => {
  expect(() => createModelRegistry<ModelKindParts>([...MODEL_KINDS, MODEL_KINDS[0]], PARTS)).toThrow('the same type')
})

test('a reference of no kind names its field', async () => {
  const registry = createModelRegistry<ModelKindParts>(MODEL_KINDS, PARTS)
  const request = { tenant: 't', dataset: {} as never, reference: { type: 'parrot' }, count: 1 }
  await expect(registry.resolve(request)).rejects.toMatchObject({
    failure: { kind: 'invalid', errors: [{ pointer: '/data_source/subject/type' }] },
  })
})

/**
 * A model by one name: an edge model of any kind is never looked for at an endpoint.
 */
import { expect, test } from 'vitest'
import { Fault } from '../../../src/contracts/failure.ts'
import type { Services } from '../../../src/http/app-context.ts'
import { namedModel } from '../../../src/http/named-model.ts'

/** Finds every endpoint but the one called `none`. */
const find = async (_tenant: string, name: string) => {
  if (name === 'none') throw new Fault({ kind: 'not_found', resource: 'endpoint', id: name })
  return { name }
}
const finding = (known: string) => ({ find: async (_tenant: string, id: string) => (id === known ? { id } : null) })
const catalogue: Pick<Services['catalogue']['endpoints'], 'find'> = { find: find as never }
const services = {
  catalogue: { endpoints: catalogue } as Services['catalogue'],
  edgeModels: finding('assay-clip') as never,
  answeringModels: finding('assay-lxmert') as never,
}

test.each([
  ['assay-clip', { type: 'edge_model', model: 'assay-clip' }],
  ['assay-lxmert', { type: 'edge_model', model: 'assay-lxmert' }],
  ['gpu/assay-lxmert', { type: 'endpoint', endpoint: 'gpu', model: 'assay-lxmert' }],
  ['gpt-4o-mini', { type: 'endpoint', endpoint: 'default', model: 'gpt-4o-mini' }],
  ['none/a', { type: 'endpoint', endpoint: 'default', model: 'none/a' }],
])('%s', async (name, reference) => {
  expect(await namedModel(services, 't', name, { sampling: {} }, '/model')).toMatchObject(reference)
})

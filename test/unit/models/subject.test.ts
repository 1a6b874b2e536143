/** Who is evaluated, as a spec says it: an endpoint is its address, not its name alone. */
import { expect, test, vi } from 'vitest'
import { resolveSubject, type SubjectSources } from '../../../src/models/subject.ts'
import type { DatasetVersion } from '../../../src/contracts/dataset.ts'
import { sha256Hex } from '../../../src/contracts/digest.ts'
import type { Fault } from '../../../src/contracts/failure.ts'
import { TASKS } from '../../../src/tasks/registry.ts'

const version = { task: 'vqa', images: 4 } as DatasetVersion

/** The identity of endpoint `gpu`, wherever it is. */
async function identityAt(baseUrl: string) {
  const sources = {
    catalogue: { endpoints: { find: async () => ({ name: 'gpu', baseUrl, concurrency: 2 }) } },
    defaultPrompt: 'the default: {{item.question}}',
    checkPrompt: () => {},
  } as unknown as SubjectSources
  return (await resolveSubject(sources, 't', version, { type: 'endpoint', endpoint: 'gpu', model: 'llava' })).identity
}

test('an endpoint is named, and known by the digest of its address', async () => {
  expect(await identityAt('https://gpu.example.com/v1?key=secret')).toEqual({
    type: 'endpoint',
    endpoint: 'gpu',
    address_digest: await sha256Hex('https://gpu.example.com/v1/?key=secret'),
    model: 'llava',
    prompt: 'the default: {{item.question}}',
    sampling: {},
  })
})

test.each([
  'https://gpu.example.com/v1/',
  'https://gpu.example.com/v1//',
  'https://GPU.example.com/v1',
  'https://gpu.example.com:443/v1',
])('%s is the same address as without the trimmings', async (address) => {
  expect(await identityAt(address)).toEqual(await identityAt('https://gpu.example.com/v1'))
})

test.each([
  'https://gpu2.example.com/v1',
  'https://gpu.example.com/v2',
  'https://gpu.example.com/V1',
  'https://gpu.example.com/v1?region=eu',
  'https://gpu.example.com:8443/v1',
])('%s is another', async (address) => {
  expect(await identityAt(address)).not.toEqual(await identityAt('https://gpu.example.com/v1'))
})

test.each(TASKS.map(({ id }) => id).filter((task) => task !== 'vqa'))(
  'an endpoint is refused for a %s dataset before it is looked up',
  async (task) => {
    const find = vi.fn()
    const sources = { catalogue: { endpoints: { find } } } as unknown as SubjectSources
    const subject = { type: 'endpoint', endpoint: 'gpu', model: 'llava' } as const
    const refusal = await resolveSubject(sources, 't', { task, images: 4 } as DatasetVersion, subject).catch(
      (error: unknown) => (error as Fault).failure,
    )
    expect(refusal).toMatchObject({ kind: 'unprocessable', errors: [{ pointer: '/data_source/subject/type' }] })
    expect(refusal).toMatchObject({ detail: expect.stringContaining(`this dataset is ${task}`) as string })
    expect(find).not.toHaveBeenCalled()
  },
)

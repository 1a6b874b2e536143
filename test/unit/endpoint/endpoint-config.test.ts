import { describe, expect, test } from 'vitest'
import { endpointConfig } from '../../../src/inference/endpoint/endpoint-config.ts'

const least = { name: 'gpu', base_url: 'https://gpu.example.org/v1', secret_name: 'GPU_TOKEN' }

test('what is left out has a stated default', () => {
  expect(endpointConfig.parse(least)).toEqual({ ...least, timeout_ms: 60_000, max_attempts: 4, concurrency: 4 })
})

describe('refused:', () => {
  test.each([
    ['name', 'GPU 1'],
    ['base_url', 'gpu.example.org'],
    ['base_url', 'file:///etc/passwd'],
    ['secret_name', 'sk-abc.def'],
    ['timeout_ms', 0],
    ['max_attempts', 0],
    ['max_attempts', 11],
    ['concurrency', 7],
    ['headers', { Authorization: 'Bearer x' }],
    ['headers', { 'content-type': 'text/plain' }],
    ['headers', { 'bad header': 'x' }],
  ])('%s %j', (field, value) => {
    const { error } = endpointConfig.safeParse({ ...least, [field]: value })
    expect(error!.issues.map(({ path }) => path[0])).toContain(field)
  })
})

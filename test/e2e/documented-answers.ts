/**
 * Every response in an end-to-end test is checked against `/openapi.json`. An undocumented one fails its
 * test.
 * @module
 */
import { afterAll, afterEach, expect, inject } from 'vitest'
import { documentedAnswers, isRead } from '../support/documented-answers.ts'

const undocumentedIn = documentedAnswers(inject('openApiDocument'))
/** Answers that are still being read. */
const checks: Promise<string | null>[] = []

const plain = globalThis.fetch
globalThis.fetch = async (input, init) => {
  const response = await plain(input, init)
  // Other servers, and files of the page, have no request id of ours.
  if (!response.headers.get('x-request-id')?.startsWith('req_')) return response
  const request = input instanceof Request ? input : null
  const contentType = response.headers.get('content-type')
  const answer = {
    method: init?.method ?? request?.method ?? 'GET',
    path: new URL(request?.url ?? String(input)).pathname,
    status: response.status,
    contentType,
  }
  const copy = isRead(contentType) && answer.method !== 'HEAD' ? response.clone() : null
  checks.push(
    (async () => {
      // A test may kill the server while it answers, or leave without reading.
      const body = copy === null ? null : await Promise.race([copy.text().catch(() => null), nothingAfter(30_000)])
      return undocumentedIn({ ...answer, body })
    })(),
  )
  return response
}

const nothingAfter = (milliseconds: number) => new Promise<null>((resolve) => setTimeout(resolve, milliseconds, null).unref())

async function expectDocumented() {
  const found = (await Promise.all(checks.splice(0))).filter((wrong) => wrong !== null)
  expect([...new Set(found)]).toEqual([])
}

afterEach(expectDocumented)
afterAll(expectDocumented)

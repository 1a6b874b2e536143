/**
 * `/v1/submissions`: requests that a worker reads for a job, and results that it sends. The address is signed
 * by us, the results by the worker.
 * @module
 */
import type { SubmittedCall } from '../../../contracts/endpoint-calls.ts'
import { Fault, unprocessableField } from '../../../contracts/failure.ts'
import { SampleError } from '../../../contracts/model.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import { resultLine } from '../../../models/endpoint/batch/batch-wire.ts'
import { callPrefix } from '../../../models/endpoint/deferred/attempts.ts'
import { parseJsonBody, utf8 } from '../../../models/endpoint/json-body.ts'
import { fanOut } from '../../../runs/fan-out.ts'
import { verifyStandardWebhook } from '../../../webhooks/standard-webhook.ts'
import type { Services } from '../../app-context.ts'
import { holdBody } from '../../body/hold-body.ts'
import { route } from '../../route.ts'
import { addSubmissionResults, getSignedPicture, getSubmissionRequests, getSubmissionResults } from './operations.ts'

const RESULTS_LIMIT = 8 * 1024 * 1024

export const submissionRoutes = [
  route(getSubmissionRequests, async ({ services, params: { token }, answer }) => {
    const { tenant, run, id } = await submissionOf(services, token)
    const file = await services.submissionFiles(tenant, run, id).open('requests.jsonl')
    if (file === null) throw gone(id)
    return answer(200, file.stream(), { 'content-length': String(file.bytes) })
  }),

  route(getSignedPicture, async ({ services, params: { token }, answer }) => {
    const [tenant, sha256, mediaType, mostPixels] = (await services.signedLinks.open('picture', token)) ?? []
    const content = tenant === undefined || sha256 === undefined ? null : await services.uploads.openImage(tenant, sha256)
    if (content === null) throw new Fault({ kind: 'not_found', resource: 'picture', id: token.slice(0, 40) })
    const headers = (bytes: number) => ({
      'content-length': String(bytes),
      'content-type': mediaType ?? 'application/octet-stream',
    })
    if (mostPixels === undefined) return answer(200, content.stream(), headers(content.bytes))
    const { bytes } = await services.admit(content.bytes, async () =>
      services.scalePicture(await services.uploads.readImage(tenant!, sha256!), Number(mostPixels)),
    )
    return answer(200, new Blob([bytes.slice()]).stream(), headers(bytes.length))
  }),

  route(getSubmissionResults, async ({ services, params: { token }, answer }) => {
    const { tenant, run, id } = await submissionOf(services, token)
    const calls = await services.ledgers.callsOf(tenant, run, [callPrefix(id)])
    // The run was deleted, and its worker must not believe that everything was received.
    if (calls.length === 0) throw gone(id)
    return answer(200, shapeOf(id, calls))
  }),

  route(addSubmissionResults, async ({ context, services, params: { token }, answer }) => {
    const { tenant, run, id } = await submissionOf(services, token)
    const record = await services.runs.findRun(tenant, run)
    if (record === null) throw gone(id)
    const secret = await secretOf(services, record)
    const { headers } = context.req.raw
    const shape = await holdBody(context, { limit: RESULTS_LIMIT, what: 'delivery', weight: 3 }, async (body) => {
      const verified = await verifyStandardWebhook([secret], headers, body, services.clock.now() / 1000)
      if (!verified.ok) throw new Fault({ kind: 'unauthenticated', detail: verified.detail })
      const hasEnded = record.status !== 'in_progress'
      const stop = new Fault({ kind: 'conflict', detail: `run ${run} has ended: stop the job` })
      // While the job is being stopped, what it has done already is kept.
      if (hasEnded && !(await isOpen(services, { tenant, run, id }))) throw stop
      const calls = await services.ledgers.callsOf(tenant, run, [callPrefix(id)])
      const results = resultsIn(body, new Set(calls.map(({ call }) => call)))
      const missing = new Set(missingOf(calls))
      const fresh = firstOfEach(results.filter(({ call }) => missing.has(call)))
      if (fresh.length > 0)
        await services.submissionFiles(tenant, run, id).putResults(fresh.length === results.length ? body : encoded(fresh))
      // A worker that delivers is there, whatever its status route says.
      await services.runs.noteReach({ run: { tenant, id: run } }, id, null)
      const received = new Set(fresh.map(({ call }) => call))
      await services.callLedger.received(tenant, run, [...received])
      if (hasEnded) throw stop
      return shapeOf(
        id,
        calls.filter(({ call }) => !received.has(call)),
      )
    })
    if (shape.status === 'complete') {
      await services.runs.hurrySubmission(tenant, run, id)
      await fanOut(services, record.queue)
    }
    return answer(200, shape)
  }),
]

async function submissionOf({ signedLinks }: Services, token: string) {
  const [tenant, run, id] = (await signedLinks.open('submission', token)) ?? []
  if (tenant === undefined || run === undefined || id === undefined) throw gone(token.slice(0, 40))
  return { tenant, run, id }
}

async function isOpen({ runs }: Services, of: { readonly tenant: string; readonly run: string; readonly id: string }) {
  return (await runs.openSubmissions(of.tenant, of.run)).some(({ submission }) => submission.id === of.id)
}

const gone = (id: string) => new Fault({ kind: 'not_found', resource: 'submission', id })

/** The secret of the endpoint that the run asks. */
async function secretOf({ catalogue, endpointSecret }: Services, { tenant, spec }: RunRecord): Promise<string> {
  if (spec.subject.type !== 'endpoint') throw new Error('a submission belongs to a run at an endpoint')
  const secret = endpointSecret(tenant, await catalogue.endpoints.find(tenant, spec.subject.endpoint))
  if (secret === undefined) throw new Error(`endpoint ${spec.subject.endpoint} takes jobs without a secret`)
  return secret
}

interface Result {
  readonly call: string
  readonly line: string
}

/** A result that was delivered before stays as it was: what a run reads must not depend on a repeat. */
function firstOfEach(results: readonly Result[]): Result[] {
  const seen = new Set<string>()
  return results.filter(({ call }) => !seen.has(call) && seen.add(call))
}

const encoded = (results: readonly Result[]): Uint8Array =>
  new TextEncoder().encode(results.map(({ line }) => `${line}\n`).join(''))

/** @throws {Fault} `unprocessable`, naming the line */
function resultsIn(body: Uint8Array, known: ReadonlySet<string>): Result[] {
  try {
    return utf8(body)
      .split('\n')
      .flatMap((line, index) => {
        if (line.trim() === '') return []
        const { custom_id } = readLine(line, index + 1)
        if (!known.has(custom_id))
          throw badLine(index + 1, `custom_id ${custom_id} is unknown: the requests of this job have other ids`)
        return [{ call: custom_id, line }]
      })
  } catch (error) {
    if (error instanceof SampleError) throw badLine(0, 'the body is not UTF-8')
    throw error
  }
}

function readLine(line: string, number: number) {
  try {
    return parseJsonBody(resultLine, line, 'a result')
  } catch (error) {
    if (error instanceof SampleError)
      throw badLine(number, 'it is not a JSON object with custom_id, and response {status_code, body} or error {code, message}')
    throw error
  }
}

const badLine = (number: number, detail: string) => unprocessableField(`/${Math.max(0, number - 1)}`, detail)

const missingOf = (calls: readonly SubmittedCall[]): string[] =>
  calls.filter(({ state, outcome }) => state === 'open' && outcome === null).map(({ call }) => call)

function shapeOf(id: string, calls: readonly SubmittedCall[]) {
  const missing = missingOf(calls)
  const status = missing.length === 0 ? ('complete' as const) : ('in_progress' as const)
  return { object: 'submission.results' as const, id, status, missing }
}

/**
 * `/v1/score`: one picture, and texts to score or labels to classify it among.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import { classify } from '../../../scoring/classify.ts'
import { askPictures } from '../../../scoring/ask-pictures.ts'
import { type EmbeddedRequest, embedPicture } from '../../../scoring/embed-picture.ts'
import type { Asker } from '../../../scoring/request.ts'
import { scoreTexts } from '../../../scoring/score-texts.ts'
import type { AppContext } from '../../app-context.ts'
import { scopeOf, spendAnonymously, tenantOf } from '../../authorization.ts'
import { route } from '../../route.ts'
import { classifyAnswer, scoreAnswer } from './answers.ts'
import { scorePicture } from './operations.ts'
import { askedAnswer } from './question-answers.ts'
import { readScoringRequest } from './read-request.ts'

/** Prompts of one request without a key: half of a network's day. */
const VISITOR_PROMPTS = 250

/** RFC 9211. The body is the same in each case. */
const CACHE_STATUS = { hit: 'hit', miss: 'fwd=miss; stored', bypass: 'fwd=bypass' } as const

export const scoreRoutes = [
  route(scorePicture, async ({ context, services, answer }) => {
    const asker = askerOf(context)
    // When this returns, the picture is a vector, and its bytes are released.
    const read = await readScoringRequest(
      context,
      async (request, picture) => ({ embedded: await embedPicture(services, asker, request, picture) }),
      async (request, pictures) => ({ asked: await askPictures(services, asker, request, pictures) }),
    )
    if ('asked' in read) return answer(200, askedAnswer(read.asked), timingsOf(context, read.asked.timings))
    const { embedded } = read
    const { question } = embedded
    try {
      const body =
        question.kind === 'texts'
          ? scoreAnswer(embedded, question.variant, await scoreTexts(embedded, question))
          : classifyAnswer(embedded, await classify(embedded, question, services.labelSets))
      return answer(200, body, headersOf(context, embedded))
    } finally {
      embedded.turn.leave()
    }
  }),
]

function askerOf(context: AppContext): Asker {
  const visits = context.get('principal') === null
  return {
    tenant: tenantOf(context),
    scope: scopeOf(context),
    spend: async (prompts) => {
      if (visits) await spendVisit(context, prompts)
    },
  }
}

/** Charges a request without a key. @throws {Fault} `rate_limited`, or `too_large` for a classification */
async function spendVisit(context: AppContext, prompts: number): Promise<void> {
  if (prompts > VISITOR_PROMPTS)
    throw new Fault({
      kind: 'too_large',
      what: 'a classification without a key',
      limit: VISITOR_PROMPTS,
      actual: prompts,
      unit: 'prompts',
      remedy: 'send fewer labels or templates, or use a key',
    })
  await spendAnonymously(context, context.env.services, prompts)
}

function headersOf(context: AppContext, { cache, timings }: EmbeddedRequest): Record<string, string> {
  return { 'cache-status': `assay-embedding; ${CACHE_STATUS[cache]}`, ...timingsOf(context, timings) }
}

function timingsOf(context: AppContext, timings: ReadonlyMap<string, number>): Record<string, string> {
  const timed = context.env.services.reportsTimings && context.req.header('x-assay-timings') !== undefined
  return timed ? { 'server-timing': [...timings].map(([stage, ms]) => `${stage};dur=${ms.toFixed(3)}`).join(', ') } : {}
}

/**
 * The page in a browser, against a made-up API that a test may change: what the files of tests of its states
 * set up and put back.
 * @module
 */
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { launchBrowser } from './browser.ts'
import { answered, list, modelsSaying } from './made-up-answers.ts'
import { type Asked, type FakeApi, type PageServer, startPageServer } from './page-server.ts'
import { visit, type Visit } from './visit.ts'

/** @param given - parts of the API, before each test, over those of a server with an empty leaderboard */
export function madeUpPage(given: Partial<FakeApi> = {}) {
  const usual: FakeApi = {
    leaderboard: () => list([]),
    models: () => modelsSaying(),
    report: () => list([]),
    score: answered,
    ...given,
  }
  const api = { ...usual }
  const asked: Asked[] = []
  let browser: Browser
  let server: PageServer

  /** The answer to every picture from now on; all questions are kept in `asked`. */
  function scoresWith(answer: FakeApi['score']): void {
    api.score = (body) => {
      asked.push(body)
      return answer(body)
    }
  }

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startPageServer(api), launchBrowser()])
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  beforeEach(() => {
    asked.length = 0
    for (const part of ['erroredBounds', 'manifests', 'signingKeys', 'events'] as const) delete api[part]
    Object.assign(api, usual)
    scoresWith(usual.score)
  })

  return {
    api,
    asked,
    scoresWith,
    visit: (options?: BrowserContextOptions): Promise<Visit> => visit(browser, server.url, options),
    browser: () => browser,
    url: () => server.url,
  }
}

/**
 * The page on the built Worker, with real storage and the real model: what a visitor does first.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readImageHeader } from '../../src/media/image-header.ts'
import { apiClient, waitForRun } from '../../scripts/api-client.ts'
import { importFixture, SCENES_VQA, startRun, uploadResults } from '../../scripts/first-evaluation.ts'
import { type Assay, startAssay } from '../e2e/harness.ts'
import { launchBrowser } from './browser.ts'
import { PUBLIC } from './page-server.ts'
import { audit, drawn, dropFile, FAILED_ANSWER, visit } from './visit.ts'

let assay: Assay
let browser: Browser

beforeAll(async () => {
  ;[assay, browser] = await Promise.all([startAssay(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await assay?.stop()
})

test('the page comes with its policy, and only what it needs', async () => {
  const response = await fetch(assay.url)
  expect(response.status).toBe(200)
  const policy = response.headers.get('content-security-policy')
  expect(policy).toContain(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'",
  )
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  for (const path of ['/page.css', '/page/main.js', '/favicon.svg', '/samples/fox.jpg']) {
    const file = await fetch(assay.url + path)
    expect([path, file.status, file.headers.get('x-content-type-options')]).toEqual([path, 200, 'nosniff'])
    await file.body?.cancel()
  }
})

test('a new server has an empty leaderboard, a published run appears with its interval and report', async () => {
  const before = await visit(browser, assay.url)
  expect(await before.page.locator('#boards').innerText()).toContain('No run has been published yet')
  await before.end()

  const api = apiClient(assay.url, assay.key.key)
  const dataset = await importFixture(api, SCENES_VQA)
  const file = await uploadResults(api, 'scenes/results_strong.json')
  const { id } = await api.post<{ id: string }>('/v1/evals', {
    name: 'VQA',
    data_source_config: { type: 'dataset', task: 'vqa' },
    testing_criteria: [{ type: 'vqa_accuracy', name: 'vqa', scorer: 'vqa-2021' }],
  })
  const started = await startRun(api, id, 'strong', dataset, { type: 'results', file_id: file.id, name: 'strong' })
  const run = await waitForRun(api, started, { timeoutMilliseconds: 60_000 })
  expect(run.status).toBe('completed')

  const { page, end } = await visit(browser, assay.url)
  expect(await page.locator('.dataset h3').allInnerTexts()).toEqual([dataset.name])
  expect(await page.locator('.board caption').innerText()).toMatch(/^VQA accuracy\s*vqa-2021, higher is better$/)
  expect(await page.locator('.board tbody th').innerText()).toBe('strong')
  expect(await page.locator('.board .value').last().innerText()).toMatch(/^\d+\.\d\s% *\n\d+\.\d\s% to \d+\.\d\s% \(95\s%\)$/)
  expect(await page.locator('.board a').innerText()).toBe(run.report_digest!.slice(0, 12))
  expect(await audit(page)).toEqual([])
  const report = await fetch(assay.url + (await page.locator('.board a').getAttribute('href')))
  expect(report.status).toBe(200)
  expect(await report.json()).toMatchObject({ schema: 'assay.report/1' })
  await end()
})

test('a dropped picture is scored, sorted, and can be had again from its identity', async () => {
  const { page, end } = await visit(browser, assay.url)
  await dropFile(page, await readFile(join(PUBLIC, 'samples/red-apple.png')), 'red-apple.png', 'image/png')
  await page.locator('#picture-facts', { hasText: 'px' }).waitFor()
  await page.fill('#captions', `a sailboat\na red apple\n${'a long caption about an apple '.repeat(8)}`)
  const answered = page.waitForResponse('**/v1/score')
  await page.click('#submit')
  const response = await answered
  expect(response.request().headers()['authorization']).toBeUndefined()
  const body = (await response.json()) as {
    data: { text: string; score: number; truncated: boolean }[]
    identity: { model_digest: string }
  }
  await page.locator('#results').waitFor()

  const expected = body.data.toSorted((a, b) => b.score - a.score)
  expect(await page.locator('.result-text').allInnerTexts()).toEqual(expected.map(({ text }) => text))
  expect(await page.locator('.result-score').allInnerTexts()).toEqual(expected.map(({ score }) => score.toFixed(3)))
  expect(await page.locator('.result-cut').count()).toBe(1)
  expect(await page.locator('.stamp').innerText()).toContain(body.identity.model_digest.replace(/^sha256:/, '').slice(0, 12))
  await page.click('text=Identity of this score')
  expect(await page.locator('#identity').innerText()).toContain(body.identity.model_digest)
  expect(await audit(page)).toEqual([])
  await end()
})

test('the keyboard alone: take a sample, type captions, score', async () => {
  const { page, end } = await visit(browser, assay.url)
  const focused = () => page.evaluate<string>('document.activeElement.dataset.sample || document.activeElement.id')
  const tabTo = async (wanted: string) => {
    for (let i = 0; i < 20 && (await focused()) !== wanted; i++) await page.keyboard.press('Tab')
    expect(await focused()).toBe(wanted)
  }
  await tabTo('fox')
  await page.keyboard.press('Space')
  await page.locator('#picture-facts', { hasText: 'px' }).waitFor()
  await tabTo('captions')
  await page.keyboard.press('Control+A')
  await page.keyboard.type("a fox's face")
  await tabTo('submit')
  await page.keyboard.press('Enter')
  await page.locator('#results').waitFor()
  expect(await page.locator('#score-status').innerText()).toMatch(/^1 caption scored\. Best: a fox's face, \d\.\d{3}\.$/)
  expect(await focused()).toBe('submit')
  await end()
})

test('a large photograph is downsized, says so, and is scored', async () => {
  const { page, end } = await visit(browser, assay.url)
  await dropFile(page, await drawn(page, 4032, 3024, 'image/jpeg', 5000), 'IMG_1.jpg', 'image/jpeg')
  await page.locator('#picture-notice').waitFor()
  expect(await page.locator('#picture-notice').innerText()).toContain('from 4032 × 3024 px')
  await page.fill('#captions', 'orange dots')
  const request = page.waitForRequest('**/v1/score')
  await page.click('#submit')
  const { image } = (await request).postDataJSON() as { image: string }
  expect(readImageHeader(new Uint8Array(Buffer.from(image.split(',')[1]!, 'base64')))).toMatchObject({
    width: 2048,
    height: 1536,
  })
  await page.locator('#results').waitFor()
  await page.click('text=Identity of this score')
  expect(await page.locator('#identity').innerText()).toContain('2048 × 1536 px')
  await end()
})

test('a damaged picture is refused in words beside the picture', async () => {
  const { page, end } = await visit(browser, assay.url)
  const torn = (await readFile(join(PUBLIC, 'samples/red-apple.png'))).subarray(0, 400)
  await dropFile(page, torn, 'torn.png', 'image/png')
  await page.locator('#picture-facts', { hasText: 'torn.png' }).waitFor()
  await page.fill('#captions', 'a red apple')
  await page.click('#submit')
  await page.locator('#picture-problem').waitFor()
  expect(await page.locator('#picture-problem').innerText()).toMatch(/^Image refused \(\w+\): .+ The file looks damaged\./)
  await end(FAILED_ANSWER)
})

test('the example on the page works as it stands', async () => {
  const { page, end } = await visit(browser, assay.url)
  const example = await page.locator('#curl').innerText()
  await end()
  const [address] = /(?<=curl -O )\S+/.exec(example) ?? []
  const [, target, fields] = /curl (\S+\/v1\/score) ([\s\S]*)$/.exec(example) ?? []
  const form = new FormData()
  form.set('image', await (await fetch(address!)).blob(), 'fox.jpg')
  for (const [, text] of fields!.matchAll(/-F text="([^"]+)"/g)) form.append('text', text!)
  const response = await fetch(target!, { method: 'POST', body: form })
  expect([response.status, ((await response.json()) as { data: unknown[] }).data?.length]).toEqual([200, 2])
})

test('an address without a page says so in words, one without a route as a problem document', async () => {
  const page = await fetch(`${assay.url}/nowhere`)
  expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
  expect(await page.text()).toContain('Nothing at this address')
  const route = await fetch(`${assay.url}/v1/nowhere`)
  expect([route.status, route.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
})

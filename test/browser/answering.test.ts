/**
 * Questions, statements and captions on the page, manifests and live events, against a made-up API.
 * `page.test.ts` has the same against the real Worker.
 * @module
 */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { hex, modelsSaying, problem, REPORT } from './made-up-answers.ts'
import { madeUpPage } from './made-up-page.ts'
import { signedManifest, told } from './made-up-texts.ts'
import { audit, FAILED_ANSWER } from './visit.ts'

const { api, asked, url, visit } = madeUpPage({
  models: () => modelsSaying(undefined, { 'assay-lxmert': ['question', 'statement'], 'assay-caption': ['caption'] }),
  report: () => ({ body: REPORT.bytes }),
  score: told,
})

const words = (page: Page, selector: string) => page.locator(selector).innerText()
const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts()

async function withScene(page: Page, mode: string): Promise<void> {
  await page.click('[data-sample=peacocks]')
  await page.locator('#picture-facts', { hasText: ' px' }).waitFor()
  await page.check(`input[value=${mode}]`)
}

test('a question goes to a model that answers; its answers, their shares and both ways to repeat it are shown', async () => {
  const { page, end } = await visit()
  await withScene(page, 'question')
  expect(await page.inputValue('#question')).toBe('How many peacocks are there?')
  await page.locator('#model option[value=assay-lxmert]').waitFor({ state: 'attached' })
  expect(await texts(page, '#model option')).toEqual(['the default one', 'assay-lxmert, for drawings'])
  expect([await page.isVisible('#purpose'), await page.isVisible('#purpose-answering')]).toEqual([false, true])
  await page.fill('#question', ' What is \n left? ')
  await page.selectOption('#model', 'assay-lxmert')
  await page.click('#submit')
  await page.locator('#results').waitFor()
  expect(asked[0]).toMatchObject({ question: 'What is left?', model: 'assay-lxmert' })
  expect(await texts(page, '.result-text')).toEqual(['3', '2'])
  expect(await texts(page, '.result-figure')).toEqual(['91.2 %', '6.0 %'])
  expect(await words(page, '#results-warnings')).toBe('the picture is a photograph.')
  expect(await words(page, '#results-explained')).toContain('The most probable of the 57 answers that the model knows.')
  expect(await words(page, '#repeat')).toContain("--form-string question='What is left?' -F top=5")
  expect(await words(page, '#ask-status')).toBe('Answer: 3, 91.2 %.')
  const link = (await page.locator('#repeat-link').getAttribute('href'))!
  expect(await audit(page)).toEqual([])
  await end()

  const again = await visit()
  await again.page.goto(`${url()}/${link}`)
  await again.page.locator('#picture-facts', { hasText: ' px' }).waitFor()
  expect(await again.page.inputValue('#question')).toBe('What is left?')
  await again.page.locator('#model option[value=assay-lxmert]').waitFor({ state: 'attached' })
  expect(await again.page.inputValue('#model')).toBe('assay-lxmert')
  await again.end()
})

test('a statement is judged, a caption needs no words, and each mode keeps its own answer', async () => {
  const { page, end } = await visit()
  await withScene(page, 'statement')
  await page.click('#submit')
  await page.locator('#results').waitFor()
  expect(asked[0]).toMatchObject({ statement: 'There are three peacocks.' })
  expect(await texts(page, '.result-text')).toEqual(['false', 'true'])
  expect(await texts(page, '.result-figure')).toEqual(['80.0 %', '20.0 %'])
  expect(await words(page, '#results-explained')).toContain('More probably false than true.')
  await page.check('input[value=caption]')
  expect(await page.isVisible('#results')).toBe(false)
  await page.click('#submit')
  await page.locator('#results').waitFor()
  expect(asked[1]).toMatchObject({ caption: 'true' })
  expect(await texts(page, '.result-text')).toEqual(['two peacocks and a <b>car</b>'])
  expect(await words(page, '.result-facts')).toBe('log-probability −1.61, 9 tokens')
  await page.check('input[value=statement]')
  expect(await texts(page, '.result-text')).toEqual(['false', 'true'])
  await page.fill('#statement', ' ')
  await page.click('#submit')
  expect(await words(page, '#statement-problem')).toBe('There is no statement yet. Type one.')
  api.score = () =>
    problem(400, 'invalid', 'statement is nothing that assay-caption does', { errors: [{ pointer: 'statement', detail: '' }] })
  await page.fill('#statement', 'There is a car.')
  await page.click('#submit')
  await page.locator('#statement-problem', { hasText: 'Change the statement and ask again.' }).waitFor()
  expect(asked).toHaveLength(2)
  await end(FAILED_ANSWER)
})

test('a model that cannot do what is asked is not kept, and returns with its mode', async () => {
  const { page, end } = await visit()
  await page.locator('#model option[value=assay-photo]').waitFor({ state: 'attached' })
  expect(await texts(page, '#model option')).not.toContain('assay-lxmert, for drawings')
  await page.selectOption('#model', 'assay-photo')
  await page.check('input[value=caption]')
  await page.locator('#model option[value=assay-caption]').waitFor({ state: 'attached' })
  expect(await page.inputValue('#model')).toBe('')
  await end()
})

test.each([
  ['signed by a listed key', {}, 'signature verified', 'Verified here: Ed25519, key'],
  ['changed after it was signed', { changed: true }, 'signature not verified', 'not that of this manifest'],
  ['signed by another key', { stranger: true }, 'signature not verified', 'No key of this server'],
  ['of another report', { report: hex('1') }, 'signature not verified', 'that of another report'],
  ['without a signature', { unsigned: true }, 'signature not verified', 'is not signed'],
] as const)('a manifest %s', async (_, how, mark, why) => {
  const { manifest, keys } = await signedManifest(REPORT.digest, how)
  api.manifests = () => ({ body: { object: 'list', data: [manifest] } })
  api.signingKeys = () => ({ body: { keys } })
  const { page, end } = await visit()
  await page.goto(`${url()}/#report=${REPORT.digest}`)
  await page.locator('.manifest summary', { hasText: mark }).click()
  expect(await words(page, '.manifest .message')).toContain(why)
  expect(await words(page, '.manifest .identity')).toContain('scenes-vqa, 486 of 486 items')
  expect(await audit(page)).toEqual([])
  await end()
})

test('a run is watched over a dropped connection: each event once, then its end', async () => {
  const counts = (recorded: number) => ({
    result_counts: { total: 40, passed: 10 * recorded, failed: 0, errored: 0 },
    shards: { total: 4, recorded, failed: 0, skipped: 0 },
  })
  const value = { criterion: 'vqa', metric: 'vqa_accuracy', value: 0.5, low: 0.25, high: 0.75, level: 0.95, n: 16 }
  const events = [
    ['run.started', counts(0)],
    ['run.log', { level: 'warning', message: 'a part is tried again' }],
    ['run.values', { items: 16, of: 40, values: [value] }],
    ['run.progress', counts(3)],
    ['run.ended', { ...counts(4), status: 'completed', report_digest: REPORT.digest, error: null, gate: 'pass' }],
  ].map(([type, data], index) => `id: ${index + 1}\nevent: ${type as string}\ndata: ${JSON.stringify(data)}\n\n`)
  const connections: (string | undefined)[] = []
  api.events = (path, last, key) => {
    connections.push(last)
    expect([path, key]).toEqual(['/v1/evals/eval_1/runs/evalrun_2/events', 'Bearer assay_key'])
    const from = Number(last ?? 0)
    // Cut in the middle of the fourth event.
    const body =
      from === 0 ? `retry: 1000\n\n${events.slice(0, 3).join('')}${events[3]!.slice(0, 20)}` : events.slice(from).join('')
    return { body, headers: { 'content-type': 'text/event-stream' } }
  }
  const { page, end } = await visit()
  await page.goto(`${url()}/#run=eval_1/evalrun_2`)
  await page.click('#watch-submit')
  expect(await words(page, '#watch-problem')).toContain('There is no key yet.')
  await page.fill('#watch-key', 'assay_key')
  await page.click('#watch-submit')
  await page.locator('#watch-view .notice').waitFor()
  expect(connections).toEqual([undefined, '3'])
  expect(await words(page, '#watch-view .notice')).toContain('The run is completed. Its gate says: pass. Report ')
  expect(await texts(page, '.watch-log li')).toEqual(['warning: a part is tried again'])
  expect(await words(page, '.watch-values')).toContain('vqa, vqa accuracy: 0.500')
  expect(await words(page, '#watch-view > .hint')).toContain('4 of 4 parts done; 40 items: 40 passed')
  expect(await words(page, '#watch-submit')).toBe('Watch')
  expect(await audit(page)).toEqual([])
  await end()
})

test('a run that cannot be watched says why, beside its fields', async () => {
  api.events = () => problem(401, 'unauthorized', 'this key is not valid')
  const { page, end } = await visit()
  await page.fill('#watch-run', 'my run')
  await page.click('#watch-submit')
  expect(await words(page, '#watch-problem')).toContain('This names no run.')
  await page.fill('#watch-run', 'eval_1/evalrun_2')
  await page.fill('#watch-key', 'ключ')
  await page.click('#watch-submit')
  expect(await words(page, '#watch-problem')).toContain('This is not a key.')
  expect(await page.locator('#watch-key').getAttribute('aria-invalid')).toBe('true')
  await page.fill('#watch-key', 'assay_wrong')
  await page.click('#watch-submit')
  await page.locator('#watch-problem', { hasText: 'This key is not valid. Check the key.' }).waitFor()
  expect(await page.locator('#watch-view .notice:visible').count()).toBe(0)
  expect(await audit(page)).toEqual([])
  await end(FAILED_ANSWER)
})

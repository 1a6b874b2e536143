/** Pictures that the server refuses for their coding, and pictures that are still being read. */
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { readImageHeader } from '../../src/media/image-header.ts'
import { answered, problem } from './made-up-answers.ts'
import { madeUpPage } from './made-up-page.ts'
import { drawn, dropFile, FAILED_ANSWER } from './visit.ts'

const { asked, scoresWith, visit } = madeUpPage()

const words = (page: Page, selector: string) => page.locator(selector).innerText()
const sentBytes = (index: number) => new Uint8Array(Buffer.from(asked[index]!.image.split(',')[1]!, 'base64'))
const REFUSED = problem(413, 'too_large', 'image is too large: the limit is 4194304 pixels, this has 6750000')

async function dropAndScore(page: Page, bytes: Uint8Array, name: string, type: string): Promise<void> {
  await page.fill('#captions', 'anything')
  await dropFile(page, bytes, name, type)
  await page.locator('#picture-facts', { hasText: ' px' }).waitFor()
  await page.click('#submit')
}

test.each([REFUSED, problem(422, 'bad_image.too_many_scans', 'image refused: 33 scans')])(
  'a picture that is refused for its coding is encoded again, and the page says so',
  async (refusal) => {
    scoresWith((body) => (asked.length === 1 ? refusal : answered(body)))
    const { page, end } = await visit()
    await dropAndScore(page, await drawn(page, 600, 400, 'image/webp'), 'poster.webp', 'image/webp')
    await page.locator('#results').waitFor()
    expect([0, 1].map((index) => readImageHeader(sentBytes(index)).format)).toEqual(['webp', 'png'])
    expect(await words(page, '#picture-notice')).toMatch(
      /^Your browser re-encoded this picture before sending, from .* WebP to .* PNG/,
    )
    expect(await page.locator('#results-stale').isVisible()).toBe(false)
    expect(await page.locator('.message.problem:visible').count()).toBe(0)
    await end(FAILED_ANSWER)
  },
)

test('a picture that is refused again is asked about no more, and the reason stays', async () => {
  scoresWith(() => REFUSED)
  const { page, end } = await visit()
  await dropAndScore(page, await drawn(page, 600, 400, 'image/webp'), 'poster.webp', 'image/webp')
  await page.locator('#picture-problem').waitFor()
  expect(await words(page, '#picture-problem')).toContain('this has 6750000')
  expect(asked).toHaveLength(2)
  await page.click('#submit')
  await expect.poll(() => asked.length).toBe(3)
  await end(FAILED_ANSWER)
})

test('a damaged picture is not encoded again: the server’s reason is more precise', async () => {
  scoresWith(() => problem(422, 'bad_image.truncated', 'image refused (truncated): the file ends early'))
  const { page, end } = await visit()
  await dropAndScore(page, await drawn(page, 600, 400, 'image/webp'), 'poster.webp', 'image/webp')
  await page.locator('#picture-problem').waitFor()
  expect(asked).toHaveLength(1)
  await end(FAILED_ANSWER)
})

test('a question asked while the picture is being read waits for it', async () => {
  const { page, end } = await visit()
  const read = Promise.withResolvers<void>()
  await page.route('**/samples/*.webp', async (route) => {
    await read.promise
    await route.continue()
  })
  await page.click('[data-sample=boat]')
  await page.locator('#picture-facts', { hasText: 'Reading the picture' }).waitFor()
  await page.click('#submit')
  expect(await page.locator('#submit').getAttribute('aria-disabled')).toBe('true')
  expect(await page.locator('#picture-problem').isVisible()).toBe(false)
  read.resolve()
  await page.locator('#results').waitFor()
  expect(asked).toHaveLength(1)
  await end()
})

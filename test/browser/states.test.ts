/**
 * Every state of the page, against a made-up API: states that a healthy Worker does not show, and the message
 * for each failure.
 * The main flow against the real Worker is in `page.test.ts`.
 * @module
 */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Warning } from '../../src/contracts/warning.ts'
import { readImageHeader } from '../../src/media/image-header.ts'
import { answered, list, modelsSaying, problem, REPORT, ROWS, scored } from './made-up-answers.ts'
import { madeUpPage } from './made-up-page.ts'
import { PUBLIC } from './page-server.ts'
import { audit, drawn, dropFile, FAILED_ANSWER, pasteFile } from './visit.ts'

const { api, asked, browser, scoresWith, url, visit } = madeUpPage({
  leaderboard: () => list(ROWS),
  report: () => ({ body: REPORT.bytes }),
})

const words = (page: Page, selector: string) => page.locator(selector).innerText()
const sentBytes = (index = 0) => new Uint8Array(Buffer.from(asked[index]!.image.split(',')[1]!, 'base64'))
const sample = (name: string) => readFile(join(PUBLIC, 'samples', name))

const PHOTOGRAPHS = new Set(['otters.jpg', 'honey-bee.jpg', 'leaning-tower.jpg'])

/** Waits until the page has a picture. */
async function ready(page: Page): Promise<void> {
  await page.locator('#picture-facts', { hasText: ' px' }).waitFor()
}

/** Waits until the report is closed and the address no longer names it: both events arrive in later tasks. */
async function reportClosed(page: Page): Promise<void> {
  await page.locator('#report').waitFor({ state: 'hidden' })
  await expect.poll(() => page.evaluate<string>('location.hash')).toBe('')
}

async function scoreBoat(page: Page): Promise<void> {
  await page.click('[data-sample=boat]')
  await ready(page)
  await page.click('#submit')
}

describe('leaderboard', () => {
  test('shows every row with its value, interval, counts, method and report', async () => {
    const { page, end } = await visit()
    expect(await page.locator('.dataset h3').allInnerTexts()).toEqual(['twemoji-retrieval', 'scenes-vqa'])
    expect(await page.locator('.board caption b').allInnerTexts()).toEqual([
      'CLIPScore',
      'R@1, text to image',
      'Median rank, text to image',
      'VQA accuracy',
    ])
    expect(await page.locator('.board tbody tr').count()).toBe(ROWS.length)
    const recall = page.locator('.board').nth(1).locator('tbody tr')
    expect(await recall.nth(0).locator('td').allInnerTexts()).toEqual([
      '',
      '61.3 %\n58.1 % to 64.4 % (95 %)',
      '1 040',
      '0',
      '0',
      'bounded Bayesian bootstrap',
      'aaaaaaaa0123',
    ])
    expect(await recall.locator('a').nth(0).getAttribute('href')).toBe(`#report=${ROWS[1]!.report_digest}`)
    expect(await page.locator('.board').nth(0).locator('.value b').innerText()).toBe('1.083')
    expect(await page.locator('.board').nth(2).locator('.value b').innerText()).toBe('1')
    const names = page.locator('.board').nth(1).locator('tbody th')
    expect(await names.nth(0).innerText()).toMatch(/^1\. assay-clip\s+model on this server$/)
    expect(await names.nth(2).innerText()).toMatch(/^– gpu-lab\S+\s+external endpoint\s+not ranked: 3 items errored$/)
    const nothing = page.locator('.board').nth(3).locator('tbody tr').nth(1)
    expect(await nothing.locator('.value').innerText()).toBe('no value\nnothing was scored')
    expect(await nothing.locator('.some').innerText()).toBe('480')
    expect(await words(page, '#boards-status')).toBe(`Leaderboard loaded: ${ROWS.length} results.`)
    await end()
  })

  test('draws a value and its interval where the axis has them', async () => {
    const { page, end } = await visit()
    const plot = page.locator('.board').nth(1).locator('.whisker').first()
    expect(await plot.locator('.whisker-value').getAttribute('x')).toBe('61.3%')
    const band = plot.locator('.whisker-band')
    expect(Number.parseFloat((await band.getAttribute('x'))!)).toBeCloseTo(58.1)
    expect(Number.parseFloat((await band.getAttribute('width'))!)).toBeCloseTo(6.3)
    await end()
  })

  test('one of many datasets can be shown alone', async () => {
    api.leaderboard = () => list(['one', 'two', 'three'].map((dataset) => ({ ...ROWS[0]!, dataset })))
    const { page, end } = await visit({ viewport: { width: 320, height: 800 } })
    const shown = () => page.locator('.dataset:visible h3').allInnerTexts()
    expect(await page.locator('#dataset-choice option').allInnerTexts()).toEqual(['all 3', 'one', 'two', 'three'])
    await page.selectOption('#dataset-choice', 'two')
    expect(await shown()).toEqual(['two'])
    expect(await words(page, '#boards-status')).toBe('Only two.')
    await page.selectOption('#dataset-choice', 'all 3')
    expect(await shown()).toEqual(['one', 'two', 'three'])
    expect(await audit(page)).toEqual([])
    await end()
  })

  test('says so when nothing is published yet', async () => {
    api.leaderboard = () => list([])
    const { page, end } = await visit()
    expect(await words(page, '#boards')).toContain('No run has been published yet')
    await end()
  })

  test('tells why it could not load, and loads again', async () => {
    api.leaderboard = () => problem(503, 'unavailable', 'the database is restarting')
    const { page, end } = await visit()
    expect(await words(page, '#boards [role=alert]')).toBe(
      'The leaderboard could not be loaded: The database is restarting. Try again in a moment. If it stays, report request req_0123.',
    )
    api.leaderboard = () => list(ROWS)
    await page.click('text=Load again')
    await page.locator('.board').first().waitFor()
    await end(FAILED_ANSWER)
  })

  test('says so when there may be more than it shows', async () => {
    api.leaderboard = () => list(Array.from({ length: 500 }, () => ROWS[0]!))
    const { page, end } = await visit()
    expect(await words(page, '#boards > .message')).toContain('These are the first 500 results; there may be more.')
    await end()
  })

  test('shows a name that is HTML as the text it is', async () => {
    api.leaderboard = () => list([{ ...ROWS[0]!, model: '<img src=x onerror=alert(1)>' }])
    const { page, end } = await visit()
    expect(await words(page, '.board tbody th')).toContain('<img src=x onerror=alert(1)>')
    await end()
  })
})

describe('reports', () => {
  test('one opens with all its metrics, counts, intervals and a check of its digest, and can be left by every way', async () => {
    const { page, end } = await visit()
    await page.click('.board a >> nth=1')
    await page.locator('#report-body table').waitFor()
    expect(await words(page, '#report-body .problem')).toMatch(/^These bytes are not what their name says: /)
    await page.keyboard.press('Escape')
    await reportClosed(page)
    expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe(`#report=${ROWS[1]!.report_digest}`)

    // A link to it opens it at once.
    await page.goto(`${url()}/#report=${REPORT.digest}`)
    await page.locator('#report-body > .notice').waitFor()
    expect(await words(page, '#report-body > .notice')).toBe(
      `Recomputed here: the SHA-256 of its bytes is ${REPORT.digest}, as its name says.`,
    )
    const facts = await words(page, '#report-body dl >> nth=0')
    for (const part of [
      'scenes-strong, results',
      'vqa, version 999999990123, 486 items',
      'planned 486, used 486, scored 481, errored 3, unscored 2',
      'after 486 items, rule met: the dataset’s full score lies in 0.7900 to 0.8900',
    ])
      expect(facts).toContain(part)
    expect(await words(page, '#report-body dl >> nth=1')).toContain('too few samples\nFewer than 30 clusters')
    const cells = (row: number) => page.locator('.metrics tbody tr').nth(row).locator('th, td').allInnerTexts()
    expect(await cells(0)).toEqual([
      'VQA accuracy\nvqa-2021',
      '84.2 %',
      '81.1 % to 87.3 % (95 %)',
      '480',
      '3',
      '2',
      '1',
      'bounded Bayesian bootstrap, 120 clusters, of population, too few samples',
    ])
    expect(await cells(1)).toEqual([
      'VQA accuracy\nvqa-2021, answer_type=number',
      'no value',
      'no interval',
      '0',
      '3',
      '2',
      '1',
      'none',
    ])
    await page.goBack()
    await reportClosed(page)
    await end()
  })

  test('a mean with errored items has its bounds below it, where the server can say them', async () => {
    const of = { criterion: 'vqa', metric: 'vqa_accuracy', variant: 'vqa-2021' }
    api.erroredBounds = () => ({ body: { object: 'list', data: [{ ...of, low: 0.8368, high: 0.843 }] } })
    const { page, end } = await visit()
    await page.goto(`${url()}/#report=${REPORT.digest}`)
    const values = page.locator('.metrics tbody td.value')
    await page.locator('.metrics .value .range').waitFor()
    expect(await values.allInnerTexts()).toEqual(['84.2 %\n83.7 % to 84.3 % with its errored items', 'no value'])
    api.erroredBounds = () => problem(503, 'unavailable', 'the database is restarting')
    await page.reload()
    await page.locator('#report-body > .notice').waitFor()
    expect(await values.allInnerTexts()).toEqual(['84.2 %', 'no value'])
    await end(/503/)
  })

  test('a link that was cut says so, and closing it cleans the address', async () => {
    const { page, end } = await visit()
    for (const digest of [REPORT.digest.slice(0, 20), '', REPORT.digest.toUpperCase()]) {
      await page.evaluate(`location.hash = 'report=${digest}'`)
      await page.locator('#report-body [role=alert]').waitFor()
      expect(await words(page, '#report-body [role=alert]')).toMatch(
        /^The report could not be loaded: the link has no whole digest/,
      )
      await page.click('#report-close')
      await reportClosed(page)
    }
    expect(await page.evaluate('location.hash')).toBe('')
    await end()
  })

  test('a private or deleted one, and a server that does not answer, are reported', async () => {
    const { page, end } = await visit()
    api.report = () => problem(404, 'not_found', 'there is no report of this digest')
    await page.click('.board a >> nth=0')
    await page.locator('#report-body [role=alert]').waitFor()
    expect(await words(page, '#report-body [role=alert]')).toContain('no public report has this digest')
    await page.click('#report-close')
    // The same link would do nothing from an address that still names its report.
    await reportClosed(page)
    api.report = () => problem(429, 'rate_limited', 'too often', {}, { 'retry-after': '30' })
    await page.click('.board a >> nth=0')
    await page.locator('#report-body [role=alert]', { hasText: 'Too often. Try again in 30 seconds.' }).waitFor()
    await end(FAILED_ANSWER)
  })

  test.each(['light', 'dark'] as const)('%s on a telephone: every column of the table is on the screen', async (colorScheme) => {
    const { page, end } = await visit({ colorScheme, viewport: { width: 390, height: 800 } })
    await page.click('.board a >> nth=0')
    await page.locator('#report-body .metrics').waitFor()
    expect(await audit(page)).toEqual([])
    const beyond = await page.evaluate<string[]>(`[...document.querySelectorAll('#report-body .metrics tbody :is(th, td)')]
      .filter((cell) => cell.getBoundingClientRect().left < 0 || cell.getBoundingClientRect().right > innerWidth)
      .map((cell) => cell.textContent)`)
    expect(beyond).toEqual([])
    expect(await page.locator('.metrics tbody tr >> nth=0').innerText()).toMatch(
      /^VQA accuracy\s+vqa-2021\s+84\.2 %\s+81\.1 % to 87\.3 % \(95 %\)\s+n 480\s+errored 3\s+unscored 2\s+missing 1\s+bounded Bayesian/,
    )
    await end()
  })
})

describe('score', () => {
  test('sorts captions, shows how they compare, cosine, tokens, cuts and the identity', async () => {
    const { page, end } = await visit()
    await page.fill('#captions', `one\n  two  \n\nthree\n${'a very long caption '.repeat(5)}`)
    await scoreBoat(page)
    await page.locator('#results').waitFor()
    expect(asked[0]!.texts).toEqual(['one', 'two', 'three', 'a very long caption '.repeat(5).trim()])
    expect(await page.locator('.result-text').allInnerTexts()).toEqual([
      'two',
      'a very long caption '.repeat(5).trim(),
      'one',
      'three',
    ])
    expect(await page.locator('.result-rank').allInnerTexts()).toEqual(['1', '2', '3', '4'])
    // Softmax of cosine / 0.1.
    expect(await page.locator('.result-figure').allInnerTexts()).toEqual(['77.3 %', '17.0 %', '5.3 %', '0.3 %'])
    expect(await page.locator('.result-facts').allInnerTexts()).toEqual([
      'score 1.205, cosine 0.4821, 3 tokens',
      'score 0.827, cosine 0.3307, 30 tokens',
      'score 0.535, cosine 0.2140, 3 tokens',
      'score 0.000, cosine −0.0610, 5 tokens',
    ])
    expect(await page.locator('.result-warning').allInnerTexts()).toEqual([
      'The text is longer than 30 tokens, and assay-clip read only its beginning.',
    ])
    expect(await words(page, '#results-model')).toBe(
      'Answered by assay-clip, as asked. The picture looks like a drawing (99.0 %).',
    )
    const share = "document.querySelector('.streak span').offsetWidth / document.querySelector('.streak').offsetWidth"
    expect(await page.evaluate<number>(share)).toBeCloseTo(0.773, 2)
    expect(await words(page, '#results-explained')).toMatch(
      /^Percentages compare these 4 captions with one another\. Softmax of cosine ÷ 0\.1000, a temperature fitted on held-out pictures/,
    )
    expect(await words(page, '#ask-status')).toBe('4 captions scored. Best: two, 77.3 %.')
    await page.click('text=Identity of these numbers')
    const identity = await words(page, '#identity')
    for (const part of ['1'.repeat(8), '2'.repeat(8), '5'.repeat(8), 'onnxruntime-web', 'clipscore-2.5'])
      expect(identity).toContain(part)
    await end()
  })

  test('one caption is not compared with anything', async () => {
    const { page, end } = await visit()
    await page.fill('#captions', 'one')
    await scoreBoat(page)
    await page.locator('#results').waitFor()
    expect(await page.locator('.result-figure').allInnerTexts()).toEqual(['0.535'])
    expect(await words(page, '#results-explained')).toMatch(/^One caption has nothing to be compared with; add another\./)
    await end()
  })

  test('a chosen model is asked, and warnings about the picture stand above the bars', async () => {
    const outside: Warning = {
      code: 'out_of_domain',
      message: 'The picture looks like a photograph, and assay-clip was trained on drawings.',
      kind: 'photograph',
      trained_on: ['drawing'],
    }
    scoresWith((body) => scored(body, { calibrated: false, warnings: [outside] }))
    const { page, end } = await visit()
    await page.locator('#model option', { hasText: 'assay-photo, for photographs' }).waitFor({ state: 'attached' })
    await page.selectOption('#model', 'assay-photo')
    await scoreBoat(page)
    await page.locator('#results').waitFor()
    expect(asked[0]!.model).toBe('assay-photo')
    expect(await words(page, '#results-warnings')).toBe(outside.message)
    expect(await words(page, '#results-explained')).toContain('that was not fitted for pictures of this kind')
    expect(await words(page, '#repeat')).toContain('-F model=assay-photo')
    await page.selectOption('#model', '')
    expect(await page.locator('#results-stale').isVisible()).toBe(true)
    scoresWith((body) =>
      scored(body, { model_choice: { kind: 'drawing', probability: 0.99, among: ['assay-clip'], reason: 'r' } }),
    )
    await page.click('#submit')
    await page
      .locator('#results-model', { hasText: 'Answered by assay-clip: the picture looks like a drawing (99.0 %).' })
      .waitFor()
    expect(asked[1]!.model).toBeUndefined()
    expect(await page.locator('#results-warnings').isVisible()).toBe(false)
    await end()
  })

  test('the hints name the languages that the models know, and those of one alone', async () => {
    for (const [languages, hint] of [
      [{ 'assay-clip': ['en', 'zh'] }, 'Short and in English or Chinese, at most 16.'],
      [
        { 'assay-clip': ['en', 'zh'], 'assay-photo': ['en'] },
        'Short and in English, or in Chinese for assay-clip alone, at most 16.',
      ],
    ] as const) {
      api.models = () => modelsSaying(languages)
      const { page, end } = await visit()
      await page.locator('#captions-hint', { hasText: 'and in' }).waitFor()
      expect((await words(page, '#captions-hint')).trim()).toBe(hint)
      await end()
    }
  })

  test('without the list of models, one is still chosen by the picture', async () => {
    api.models = () => problem(503, 'unavailable', 'not now')
    const { page, end } = await visit()
    await scoreBoat(page)
    await page.locator('#results').waitFor()
    expect(await page.locator('#model option').count()).toBe(1)
    await end(FAILED_ANSWER)
  })

  test('sends a picture that fits as it is, to the byte', async () => {
    const { page, end } = await visit()
    for (const [index, [name, type]] of [
      ['umbrella.jpg', 'image/jpeg'],
      ['penguin.png', 'image/png'],
      ['sailboat.webp', 'image/webp'],
    ].entries()) {
      const bytes = await sample(name!)
      // The first bytes decide the type, not the file's claim.
      await dropFile(page, bytes, name!, 'text/plain')
      await page.locator('#picture-facts', { hasText: name! }).waitFor()
      await page.fill('#captions', `caption ${index}`)
      await page.click('#submit')
      await page.locator('.result-text', { hasText: `caption ${index}` }).waitFor()
      expect(asked[index]!.image.startsWith(`data:${type};base64,`)).toBe(true)
      expect(Buffer.from(sentBytes(index)).equals(bytes)).toBe(true)
    }
    expect(await page.locator('#picture-notice').isVisible()).toBe(false)
    await end()
  })

  test('takes a pasted picture, but leaves text that is pasted into the captions alone', async () => {
    const { page, end } = await visit()
    const umbrella = await sample('umbrella.jpg')
    expect(await pasteFile(page, umbrella, 'words.jpg', 'image/jpeg', '#captions', 'some words')).toBe(false)
    expect(await words(page, '#picture-facts')).toBe('')
    expect(await pasteFile(page, umbrella, 'image.jpg', 'image/jpeg', '#captions')).toBe(true)
    await ready(page)
    expect(await words(page, '#picture-facts')).toMatch(/^image\.jpg: \d+ × \d+ px, 2\.0 KB JPEG$/)
    await end()
  })

  test('keeps captions that a person wrote when a sample is taken, and replaces those of another sample', async () => {
    const { page, end } = await visit()
    await page.click('[data-sample=boat]')
    await page.click('[data-sample=clock]')
    await page.locator('#picture-facts', { hasText: 'alarm-clock.jpg' }).waitFor()
    expect(await page.inputValue('#captions')).toContain('not an alarm clock')
    expect(await page.inputValue('#labels')).toContain('not an alarm clock')
    expect(await page.inputValue('#templates')).toBe('{}')
    await page.fill('#captions', 'my own words')
    await page.click('[data-sample=boat]')
    await page.locator('#picture-facts', { hasText: 'sailboat.webp' }).waitFor()
    expect(await page.inputValue('#captions')).toBe('my own words')
    expect(await page.inputValue('#labels')).toContain('airplane')
    expect(await page.inputValue('#templates')).toContain('a drawing of {}')
    expect(await page.locator('.sample[aria-pressed=true]').innerText()).toBe('Boat')
    await end()
  })

  test('asks once while an answer is on its way, and calls scores stale when something changes', async () => {
    const askedAgain = Promise.withResolvers<void>()
    scoresWith((body) => ({ ...scored(body), after: askedAgain.promise }))
    const { page, end } = await visit()
    await scoreBoat(page)
    expect(await page.locator('#submit').getAttribute('aria-disabled')).toBe('true')
    await page.locator('#submit').click({ force: true })
    askedAgain.resolve()
    await page.locator('#results').waitFor()
    expect(await page.locator('#submit').getAttribute('aria-disabled')).toBeNull()
    expect(await page.locator('#results-stale').isVisible()).toBe(false)
    const before = await page.inputValue('#captions')
    await page.fill('#captions', 'something else')
    expect(await page.locator('#results-stale').isVisible()).toBe(true)
    await page.fill('#captions', before)
    expect(await page.locator('#results-stale').isVisible()).toBe(false)
    await page.fill('#captions', 'something else')
    await page.click('#submit')
    await page.locator('.result-text', { hasText: 'something else' }).waitFor()
    expect(await page.locator('#results-stale').isVisible()).toBe(false)
    // One request per question: a second one would have arrived by now.
    expect(asked.map(({ texts }) => texts)).toEqual([before.split('\n'), ['something else']])
    await end()
  })
})

describe('pictures that do not fit as they are', () => {
  async function send(bytes: (page: Page) => Promise<Uint8Array>, name: string, type: string) {
    const { page, end } = await visit()
    await dropFile(page, await bytes(page), name, type)
    await ready(page)
    const notice = await words(page, '#picture-notice')
    await page.fill('#captions', 'anything')
    await page.click('#submit')
    await page.locator('#results').waitFor()
    await end()
    // The server's own decision, limits included.
    return { notice, header: readImageHeader(sentBytes()), bytes: sentBytes().length }
  }

  test('a photograph of 12 megapixels and a large flat PNG are sent as they are', async () => {
    const large = await send((page) => drawn(page, 4032, 3024, 'image/jpeg', 2000), 'IMG_1234.jpg', 'image/jpeg')
    expect(large).toMatchObject({ notice: '', header: { format: 'jpeg', width: 4032, height: 3024 } })
    asked.length = 0
    const flat = await send((page) => drawn(page, 2600, 1300, 'image/png'), 'poster.png', 'image/png')
    expect(flat).toMatchObject({ notice: '', header: { format: 'png', width: 2600, height: 1300 } })
  })

  test('a WebP of more pixels than the server takes is encoded again, and the page says from what to what', async () => {
    const { notice, header } = await send((page) => drawn(page, 5000, 1000, 'image/webp'), 'wide.webp', 'image/webp')
    expect(header).toMatchObject({ format: 'png', width: 4096, height: 819 })
    expect(notice).toMatch(
      /^Your browser downsized this picture before sending, from 5000 × 1000 px, \d+(\.\d)? [KM]B WebP to 4096 × 819 px, \d+(\.\d)? [KM]B PNG\. /,
    )
    expect(notice).toContain('The server never resizes silently')
  })

  test('a file of too many bytes is re-encoded at its size, upright', async () => {
    const heavy = async (page: Page) => {
      const bytes = withOrientation(await drawn(page, 640, 480, 'image/jpeg'), 6)
      // Cameras append films and maps behind the picture.
      return Buffer.concat([bytes, Buffer.alloc(8_500_000)])
    }
    const { notice, header, bytes } = await send(heavy, 'motion.jpg', 'image/jpeg')
    expect(header).toMatchObject({ format: 'jpeg', width: 480, height: 640, orientation: 1 })
    expect(bytes).toBeLessThan(500_000)
    expect(notice).toMatch(/re-encoded this picture before sending, from 8\.5 MB JPEG to \d+(\.\d)? KB JPEG/)
  })

  test('a GIF is sent as it is, whatever its name; a BMP, which the server does not take, as PNG', async () => {
    const gif = Buffer.from('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')
    const sent = await send(async () => gif, 'dot.png', 'image/png')
    expect([sent.header.format, sent.bytes, sent.notice]).toEqual(['gif', gif.length, ''])
    asked.length = 0
    // One red pixel of 24 bits.
    const bmp = Buffer.from('Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAAAAD/AA==', 'base64')
    const { notice, header } = await send(async () => bmp, 'dot.bmp', 'image/bmp')
    expect(header).toMatchObject({ format: 'png', width: 1, height: 1 })
    expect(notice).toContain('from 58 B BMP to')
  })

  test('a file that is not a picture is refused beside the field', async () => {
    const { page, end } = await visit()
    await dropFile(page, Buffer.from('hello'), 'letter.txt', 'text/plain')
    await page.locator('#picture-problem').waitFor()
    expect(await words(page, '#picture-problem')).toBe(
      'This browser cannot read the file as a picture. Choose a PNG, JPEG, WebP or GIF picture.',
    )
    await dropFile(page, Buffer.alloc(0), 'empty.png', 'image/png')
    await page.locator('#picture-problem', { hasText: 'empty' }).waitFor()
    await page.fill('#captions', 'a letter')
    await page.click('#submit')
    expect(await words(page, '#picture-problem')).toBe('The file is empty. Choose another picture.')
    await end()
  })

  test.each([
    [
      'IMG_0001.heic',
      '\0\0\0\x18ftypheic\0\0\0\0',
      'an iPhone’s HEIC picture, which this browser cannot read. Export it as JPEG',
    ],
    ['shot.avif', '\0\0\0\x18ftypavif\0\0\0\0', 'an AVIF picture, which this browser cannot read. Open it in a newer browser'],
    ['scan.tif', 'II*\0\x08\0\0\0', 'a TIFF picture, which this browser cannot read. Save it as PNG or JPEG.'],
    [
      'logo.svg',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'an SVG drawing, which this browser cannot read. Export it as PNG.',
    ],
    ['page.pdf', '%PDF-1.7\n', 'a PDF, which this browser cannot read. Save the page as PNG'],
  ])('%s is named, and how it becomes a picture', async (name, bytes, told) => {
    const { page, end } = await visit()
    // The name and the declared type decide nothing.
    await dropFile(page, Buffer.from(bytes, 'latin1'), name, 'image/png')
    await page.locator('#picture-problem', { hasText: `This is ${told}` }).waitFor()
    await end()
  })

  test('of several files the first is taken, and the page says so', async () => {
    const { page, end } = await visit()
    const files = [
      { name: 'one.png', mimeType: 'image/png', buffer: await sample('penguin.png') },
      { name: 'two.png', mimeType: 'image/png', buffer: await sample('peacocks.png') },
    ]
    const dataTransfer = await page.evaluateHandle(
      `(() => {
        const data = new DataTransfer()
        for (const [name, base64] of ${JSON.stringify(files.map(({ name, buffer }) => [name, buffer.toString('base64')]))})
          data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name, { type: 'image/png' }))
        return data
      })()`,
    )
    await page.dispatchEvent('body', 'drop', { dataTransfer })
    await page.locator('#picture-facts', { hasText: 'one.png:' }).waitFor()
    expect(await words(page, '#picture-notice')).toBe('One picture is asked about at a time: of 2 files, this is one.png.')
    await end()
  })

  test('a damaged PNG goes to the server, whose word is more exact', async () => {
    scoresWith(() =>
      problem(422, 'bad_image.truncated', 'image refused (truncated): IDAT ends after 12 bytes', {
        errors: [{ pointer: 'image', detail: '' }],
      }),
    )
    const { page, end } = await visit()
    await dropFile(page, (await sample('penguin.png')).subarray(0, 60), 'torn.png', 'image/png')
    await page.locator('#picture-facts', { hasText: 'this browser cannot show it' }).waitFor()
    await page.fill('#captions', 'a red apple')
    await page.click('#submit')
    await page.locator('#picture-problem').waitFor()
    expect(await words(page, '#picture-problem')).toBe(
      'Image refused (truncated): IDAT ends after 12 bytes. The file looks damaged. Save or download it again, or choose another.',
    )
    await end(FAILED_ANSWER)
  })
})

describe('errors are shown in words, at their place', () => {
  test.each([
    [
      'picture',
      'Save the picture smaller',
      problem(413, 'too_large', 'image file is too large: the limit is 8388608 bytes, this has 9000000'),
    ],
    [
      'picture',
      'Choose a PNG, JPEG, WebP or GIF picture.',
      problem(415, 'unsupported_media_type', 'AVIF is not accepted', { errors: [{ pointer: 'image', detail: '' }] }),
    ],
    ['picture', 'Choose a still picture', problem(422, 'bad_image.animated', 'image refused (animated): 12 frames')],
    ['picture', '8-bit RGB', problem(422, 'bad_image.unsupported_bit_depth', 'image refused: 16 bits')],
    [
      'captions',
      'Change the caption',
      problem(400, 'invalid_request', 'text: too long', { errors: [{ pointer: 'text', detail: '' }] }),
    ],
    [
      'ask',
      'Try again in 60 seconds',
      problem(429, 'rate_limited', 'too many requests without a key', {}, { 'retry-after': '60' }),
    ],
    [
      'ask',
      'Try again in about 6 hours',
      problem(429, 'rate_limited', 'the daily budget is spent', {}, { 'retry-after': '21600' }),
    ],
    ['ask', 'report request req_0123', problem(500, 'internal', 'the request could not be completed')],
    ['ask', 'Try again in a moment', problem(503, 'unavailable', 'the model is loading')],
  ] as const)('%s: %s', async (place, advice, answer) => {
    scoresWith(() => answer)
    const { page, end } = await visit()
    await scoreBoat(page)
    await page.locator(`#${place}-problem`).waitFor()
    const told = await words(page, `#${place}-problem`)
    expect(told.toLowerCase()).toContain((answer.body as { detail: string }).detail.toLowerCase())
    expect(told).toContain(advice)
    expect(await page.locator('.message.problem:visible').count()).toBe(1)
    expect(await page.locator('#submit').innerText()).toBe('Score')
    if (place === 'captions') expect(await page.locator('#captions').getAttribute('aria-invalid')).toBe('true')

    scoresWith(answered)
    await page.click('#submit')
    await page.locator('#results').waitFor()
    if (place !== 'picture') expect(await page.locator('.message.problem:visible').count()).toBe(0)
    await end(FAILED_ANSWER)
  })

  test('no answer at all', async () => {
    const { page, end } = await visit()
    await page.route('**/v1/score', (route) => route.abort('connectionrefused'))
    await scoreBoat(page)
    await page.locator('#ask-problem').waitFor()
    expect(await words(page, '#ask-problem')).toBe(
      'No answer from the server. Check your connection and try again; nothing you entered is lost.',
    )
    await end(FAILED_ANSWER)
  })

  test('nothing is asked without a picture, without a caption, or with too many; focus goes to what is missing', async () => {
    const { page, end } = await visit()
    const focused = () => page.evaluate<string>('document.activeElement.id')
    await page.fill('#captions', 'a fox')
    await page.click('#submit')
    expect(await words(page, '#picture-problem')).toContain('There is no picture yet.')
    expect(await focused()).toBe('file')
    await page.click('[data-sample=boat]')
    await ready(page)
    await page.fill('#captions', ' \n ')
    await page.click('#submit')
    expect(await words(page, '#captions-problem')).toContain('There is no caption yet.')
    expect(await focused()).toBe('captions')
    await page.fill('#captions', 'line\n'.repeat(17))
    await page.click('#submit')
    expect(await words(page, '#captions-problem')).toContain('These are 17 captions; the page scores at most 16 at once.')
    expect(asked).toEqual([])
    await end()
  })
})

describe('for everyone', () => {
  test.each(
    (['light', 'dark'] as const).flatMap((colorScheme) => [1280, 768, 390, 320].map((width) => [colorScheme, width] as const)),
  )('%s at %i px: names, labels, headings, contrast, sizes, nothing cut off', async (colorScheme, width) => {
    const { page, end } = await visit({
      colorScheme,
      viewport: { width, height: 800 },
      reducedMotion: 'reduce',
    })
    expect(await audit(page)).toEqual([])
    await page.click('#submit')
    expect(await page.locator('.message.problem:visible').count()).toBe(2)
    expect(await audit(page)).toEqual([])
    await page.fill('#captions', `${'x'.repeat(90)}\n${'a very long caption '.repeat(5)}\none`)
    await scoreBoat(page)
    await page.locator('#results').waitFor()
    for (const summary of await page.locator('summary:visible').all()) await summary.click()
    await page.locator('#captions').press('End')
    await page.locator('#captions').press('x')
    expect(await audit(page)).toEqual([])
    await page.check('input[value=classify]')
    await page.fill('#labels', `${'x'.repeat(90)}\n${'a very long label '.repeat(5)}\none`)
    await page.click('#submit')
    await page.locator('#results-title', { hasText: 'Which label' }).waitFor()
    await page.click('#prompts-summary')
    await page.fill('#templates', 'nothing')
    await page.click('#submit')
    await page.locator('#templates-problem').waitFor()
    expect(await audit(page)).toEqual([])
    await end()
  })

  test('the keyboard alone goes through everything in reading order', async () => {
    const { page, end } = await visit()
    const order: string[] = []
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab')
      const at = await page.evaluate<string>(`(() => {
        const at = document.activeElement
        const style = getComputedStyle(at.id === 'file' ? document.getElementById('drop') : (at.closest('.mode') ?? at))
        if (at !== document.body && style.outlineStyle === 'none') throw new Error('no focus ring on ' + at.outerHTML)
        return at === document.body ? '' : at.dataset.sample || at.value || at.id || at.ariaLabel || at.textContent.trim().replace(/\\s+/g, ' ')
      })()`)
      if (at === '') break
      order.push(at)
    }
    expect(order.slice(0, 8)).toEqual([
      'Skip to the content',
      'Assay, home',
      'Try it',
      'Leaderboard',
      'Watch',
      'API',
      'file',
      'model',
    ])
    expect(order.slice(8, 23)).toEqual([
      'otters',
      'bee',
      'tower',
      'boat',
      'umbrella',
      'peacocks',
      'clock',
      'penguin',
      'CC BY 2.0',
      'Twemoji',
      'CC BY 4.0',
      'score',
      'captions',
      'submit',
      'report aaaaaaaa0123 of assay-clip',
    ])
    expect(order.slice(-9)).toEqual([
      'What the columns mean',
      'watch-run',
      'watch-key',
      'watch-submit',
      'Scoring with curl',
      'Copy the example of scoring',
      'Classifying with curl',
      'Copy the example of classifying',
      '/openapi.json',
    ])
    await end()
  })

  test('the keyboard alone chooses a file, scores it and reads the identity', async () => {
    const { page, end } = await visit()
    const tabTo = async (selector: string) => {
      for (let i = 0; i < 40; i++) {
        if (await page.evaluate<boolean>(`document.activeElement === document.querySelector(${JSON.stringify(selector)})`)) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`Tab does not reach ${selector}`)
    }
    // The listener makes the browser hand its dialog over, so it starts well before the key.
    const chooser = page.waitForEvent('filechooser')
    await tabTo('#file')
    await page.keyboard.press('Enter')
    await (await chooser).setFiles({ name: 'mine.jpg', mimeType: 'image/jpeg', buffer: await sample('umbrella.jpg') })
    await ready(page)
    await tabTo('#captions')
    await page.keyboard.type('a fox')
    await page.keyboard.press('Enter')
    await page.keyboard.type('a boat')
    await page.keyboard.press('Control+Enter')
    await page.locator('#results').waitFor()
    expect(asked[0]!.texts).toEqual(['a fox', 'a boat'])
    await tabTo('#results summary')
    await page.keyboard.press('Enter')
    expect(await page.locator('#identity').isVisible()).toBe(true)
    await end()
  })

  test('less motion when that is asked for', async () => {
    for (const [reducedMotion, animation] of [
      ['reduce', 'none'],
      ['no-preference', 'draw'],
    ] as const) {
      const { page, end } = await visit({ reducedMotion })
      await scoreBoat(page)
      const bar = page.locator('.streak span').first()
      await bar.waitFor({ state: 'attached' })
      expect(await page.evaluate("getComputedStyle(document.querySelector('.streak span')).animationName")).toBe(animation)
      await end()
    }
  })

  test('says what the model is not for beside the upload, and whose the samples are', async () => {
    const { page, end } = await visit()
    expect(await words(page, '#purpose')).toMatch(
      /^A photograph goes to assay-photo, a drawing to assay-clip\. Neither was trained to tell who a person is/,
    )
    expect(await page.locator('#file').getAttribute('aria-describedby')).toContain('purpose')
    expect(await words(page, '.credit')).toMatch(/Twemoji.*Twitter, Inc and other contributors.*CC\sBY\s4\.0/s)
    await end()
  })

  test('the page for a wrong address holds to the same', async () => {
    const page = await browser().newPage({ viewport: { width: 320, height: 600 } })
    const response = await page.goto(`${url()}/nowhere`)
    expect(response?.status()).toBe(404)
    expect(await audit(page)).toEqual([])
    await page.close()
  })

  test('without JavaScript it says what is missing and still shows how to call the API', async () => {
    const context = await browser().newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(url())
    expect(await words(page, 'noscript')).toContain('needs JavaScript')
    expect(await words(page, '#curl-score')).toContain('/v1/score')
    await context.close()
  })
})

describe('files', () => {
  test('the scripts type-check against the DOM', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const { stdout } = await promisify(execFile)('node_modules/.bin/tsc', ['-p', 'test/browser/tsconfig.page.json'], {
      cwd: root,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })

  test('less than 65 KB over the wire, samples included; photographs, which load when they are in view, 90 KB more', async () => {
    const files = (await readdir(PUBLIC, { recursive: true, withFileTypes: true })).filter((file) => file.isFile())
    let [total, photographs] = [0, 0]
    for (const file of files) {
      const bytes = await readFile(join(file.parentPath, file.name))
      if (PHOTOGRAPHS.has(file.name)) photographs += bytes.length
      else total += /\.(html|css|js|svg)$/.test(extname(file.name)) ? gzipSync(bytes).length : bytes.length
    }
    expect(total).toBeLessThan(65_000)
    expect(photographs).toBeLessThan(90_000)
  })

  test('the samples are the fixtures that they are credited as', async () => {
    const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url))
    for (const [name, original] of [
      ['sailboat.webp', 'twemoji-retrieval/images/sailboat.webp'],
      ['umbrella.jpg', 'twemoji-retrieval/images/umbrella.jpg'],
      ['peacocks.png', 'family/scenes/images/assay_family-test2026_000000000038.png'],
      ['alarm-clock.jpg', 'twemoji-retrieval/images/alarm-clock.jpg'],
      ['penguin.png', 'twemoji-retrieval/images/penguin.png'],
      ['otters.jpg', 'photos/images/oakland-zoo-otters.jpg'],
      ['honey-bee.jpg', 'photos/images/european-honey-bee.jpg'],
      ['leaning-tower.jpg', 'photos/images/leaningtowerofpisa.jpg'],
    ] as const)
      expect((await sample(name)).equals(await readFile(join(fixtures, original)))).toBe(true)
  })
})

/** A JPEG with an EXIF block that contains only an orientation, behind its first marker. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const exif = Buffer.from('457869660000 4d4d002a00000008 0001 0112 0003 00000001 00000000 00000000'.replaceAll(' ', ''), 'hex')
  exif.writeUInt16BE(orientation, 6 + 8 + 2 + 8)
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, 0])
  head.writeUInt16BE(exif.length + 2, 4)
  return Buffer.concat([head, exif, jpeg.subarray(2)])
}

/**
 * Classification on the page, against a made-up API: the mode, its words, the meaning of its numbers, and the
 * ways out of the page (a command for a terminal, a link). `page.test.ts` has the same against the real
 * Worker.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { ClassifyResponse } from '../../src/http/routes/score/classify-schema.ts'
import { classified, problem } from './made-up-answers.ts'
import { madeUpPage } from './made-up-page.ts'
import { PUBLIC } from './page-server.ts'
import { audit, drawn, dropFile, FAILED_ANSWER, pasteFile } from './visit.ts'

const { asked, scoresWith, url, visit } = madeUpPage()

const words = (page: Page, selector: string) => page.locator(selector).innerText()
const texts = (page: Page, selector: string) => page.locator(selector).allInnerTexts()

/** Waits until the page has a picture of that name. */
const ready = (page: Page, name = ' px') => page.locator('#picture-facts', { hasText: name }).waitFor()

async function classify(page: Page, labels: string): Promise<void> {
  await page.check('input[value=classify]')
  await page.fill('#labels', labels)
  await page.click('[data-sample=boat]')
  await ready(page)
  await page.click('#submit')
}

test('asks for every label in every prompt, and says what the numbers are', async () => {
  const { page, end } = await visit()
  await classify(page, 'boat\n fox \n\n雨伞\nowl')
  await page.locator('#results').waitFor()
  expect(asked[0]!.classify).toEqual({
    labels: ['boat', 'fox', '雨伞', 'owl'],
    templates: ['{}', 'a picture of {}', 'a drawing of {}'],
  })
  expect(asked[0]!.texts).toBeUndefined()
  expect(await texts(page, '.result-rank')).toEqual(['1', '2', '3', '4'])
  expect(await texts(page, '.result-text')).toEqual(['fox', 'owl', 'boat', '雨伞'])
  expect(await page.locator('.result-text').nth(3).getAttribute('lang')).toBe('zh')
  expect(await page.locator('.result-text').nth(0).getAttribute('lang')).toBeNull()
  expect(await texts(page, '.result-figure')).toEqual(['77.3 %', '17.0 %', '5.3 %', '0.3 %'])
  expect((await texts(page, '.result-facts'))[0]).toBe('cosine 0.4821, 3 prompts')
  expect(await words(page, '#results-explained')).toBe(
    'Probabilities among these 4 labels alone: they sum to 100 % even when none is right. Softmax of cosine ÷ 0.1000. That temperature ' +
      'was fitted on 427 held-out pictures with 20 labels each, where the probabilities were off by 2.4 points on average; elsewhere ' +
      'they may be off by more.',
  )
  expect(await words(page, '#results-made')).toBe(
    'Each label is the mean of 3 prompts, the first one of “fox”, “a picture of fox”, “a drawing of fox”.',
  )
  expect(await words(page, '#ask-status')).toBe('4 labels compared. Most probable: fox, 77.3 %.')
  expect(await words(page, '.stamp')).toContain('333333330123')
  await page.click('text=Identity of these numbers')
  expect(await words(page, '#identity')).toContain('Classifier digest')
  await end()
})

test('never says that something is certain or impossible, and names what was cut', async () => {
  scoresWith((body) =>
    classified(body, {
      data: [1 - 1e-9, 0.9994, 0.0006, 1e-9].map((probability, index) => ({
        rank: index + 1,
        index,
        label: `label ${index}`,
        probability,
        cosine: 0.5,
        prompts: 3,
        truncated: [0, 3, 2, 0][index]!,
        unknown_tokens: 0,
      })),
      warnings: [1, 2].map((index) => ({
        code: 'truncated',
        message: `label ${index} is cut.`,
        index,
        count: 3,
        max_tokens: 24,
      })),
    }),
  )
  const { page, end } = await visit()
  await classify(page, 'one\ntwo')
  await page.locator('#results').waitFor()
  expect(await texts(page, '.result-figure')).toEqual(['> 99.9 %', '99.9 %', '0.1 %', '< 0.1 %'])
  expect(await texts(page, '.result-warning')).toEqual(['label 1 is cut.', 'label 2 is cut.'])
  await end()
})

test.each<[Partial<ClassifyResponse>, RegExp]>([
  [{ calibrated: false, calibration: null }, /was not fitted on held-out pictures: read a ranking, not a confidence\.$/],
  [{ variant: 'sigmoid', calibrated: false, calibration: null }, /^Each label is judged by itself.* Sigmoid of cosine/],
])('says so when the numbers mean something else (%#)', async (more, said) => {
  scoresWith((body) => classified(body, more))
  const { page, end } = await visit()
  await classify(page, 'one\ntwo')
  await page.locator('#results').waitFor()
  expect(await words(page, '#results-explained')).toMatch(said)
  await end()
})

test('the keyboard alone changes the mode, and each mode keeps its words and its numbers', async () => {
  const { page, end } = await visit()
  await page.click('[data-sample=boat]')
  await ready(page)
  await page.click('#submit')
  await page.locator('#results-title', { hasText: 'How well' }).waitFor()
  await page.focus('input[value=score]')
  await page.keyboard.press('ArrowRight')
  expect(await page.isChecked('input[value=classify]')).toBe(true)
  expect(await page.locator('#captions').isVisible()).toBe(false)
  expect(await page.locator('#results').isVisible()).toBe(false)
  expect(await words(page, '#submit')).toBe('Classify')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('one\ntwo\nthree')
  await page.keyboard.press('Control+Enter')
  await page.locator('#results-title', { hasText: 'Which label' }).waitFor()
  expect(asked[1]!.classify?.labels).toEqual(['one', 'two', 'three'])
  await page.focus('input[value=classify]')
  await page.keyboard.press('ArrowLeft')
  expect(await words(page, '#results-title')).toContain('How well')
  expect(await page.locator('#results-stale').isVisible()).toBe(false)
  expect(await page.inputValue('#captions')).toContain('a sailboat')
  // Another picture is another question in both modes.
  await page.click('[data-sample=umbrella]')
  await ready(page, 'umbrella')
  expect(await page.locator('#results-stale').isVisible()).toBe(true)
  await page.check('input[value=classify]')
  expect(await page.locator('#results-stale').isVisible()).toBe(true)
  await end()
})

test('nothing is asked with words that the server would refuse; the focus goes to them', async () => {
  const { page, end } = await visit()
  await page.click('[data-sample=boat]')
  await ready(page)
  await page.check('input[value=classify]')
  const focused = () => page.evaluate<string>('document.activeElement.id')
  for (const [field, text, told] of [
    ['labels', ' ', 'There are no labels yet. Type two or more, one per line.'],
    ['labels', 'one', 'There is one label yet. Type two or more, one per line.'],
    ['labels', 'one\ntwo\none ', '“one” is there twice. Labels must differ: take one away.'],
    ['labels', Array.from({ length: 17 }, (_, index) => index).join('\n'), 'These are 17 labels; the page takes at most 16'],
    ['templates', '', 'There is no prompt. Type {} alone'],
    ['templates', '{}\na picture', '“a picture” has no {}. Put {} where the label goes'],
    ['templates', '{}\n{}', '“{}” is there twice. It would weigh twice'],
    [
      'templates',
      Array.from({ length: 9 }, (_, index) => `{} ${index}`).join('\n'),
      'These are 9 prompts; the page takes at most 8.',
    ],
  ] as const) {
    await page.fill('#labels', 'one\ntwo')
    if (field === 'templates') await page.evaluate("document.getElementById('prompts').open = true")
    await page.fill(`#${field}`, text)
    await page.click('#submit')
    expect(await words(page, `#${field}-problem`)).toContain(told)
    expect(await page.locator('.message.problem:visible').count()).toBe(1)
    expect(await focused()).toBe(field)
    expect(await page.locator(`#${field}`).getAttribute('aria-invalid')).toBe('true')
  }
  expect(asked).toEqual([])
  await end()
})

test.each([
  ['labels', 'classify#/labels/1', 'Change the label'],
  ['templates', 'classify#/templates/0', 'Change the prompt'],
])('what the server refuses of %s is told there', async (place, pointer, advice) => {
  scoresWith(() => problem(400, 'invalid_request', `${pointer}: is odd`, { errors: [{ pointer, detail: 'is odd' }] }))
  const { page, end } = await visit()
  await classify(page, 'one\ntwo')
  await page.locator(`#${place}-problem`).waitFor()
  expect(await words(page, `#${place}-problem`)).toContain(`is odd. ${advice}`)
  await end(FAILED_ANSWER)
})

test('a problem with the words is shown after a change to the other question', async () => {
  scoresWith(() => problem(400, 'invalid_request', 'it is odd', { errors: [{ pointer: 'classify#/labels/1', detail: '' }] }))
  const { page, end } = await visit()
  const left = Promise.withResolvers<void>()
  await page.route('**/v1/score', async (route) => {
    await left.promise
    await route.continue()
  })
  await classify(page, 'one\ntwo')
  await page.check('input[value=score]')
  left.resolve()
  await page.locator('#ask-problem').waitFor()
  expect(await words(page, '#ask-problem')).toBe('It is odd. Change the label and classify again.')
  expect(await words(page, '#submit')).toBe('Score')
  await end(FAILED_ANSWER)
})

test('a link fills the form and asks nothing; what it names that is not there does no harm', async () => {
  const { page, end } = await visit()
  await page.click('[data-sample=clock]')
  await ready(page)
  await page.check('input[value=classify]')
  await page.fill('#labels', 'a & b\n50 %\n#hash')
  await page.click('#prompts-summary')
  await page.fill('#templates', '{}\n{} + more')
  await page.click('#submit')
  await page.locator('#results').waitFor()
  const link = await page.locator('#repeat-link').getAttribute('href')
  expect(await page.locator('#repeat-link-lacks').isVisible()).toBe(false)
  await end()

  const other = await visit()
  await other.page.goto(`${url()}/${link}`)
  await ready(other.page, 'alarm-clock.jpg')
  expect(await other.page.isChecked('input[value=classify]')).toBe(true)
  expect(await other.page.inputValue('#labels')).toBe('a & b\n50 %\n#hash')
  expect(await other.page.inputValue('#templates')).toBe('{}\n{} + more')
  expect(asked).toHaveLength(1)
  await other.page.goto(`${url()}/#ask=score&sample=__proto__&line=<img src=x onerror=alert(1)>`)
  // The page learns of a new fragment after the browser has navigated.
  await expect.poll(() => other.page.inputValue('#captions')).toBe('<img src=x onerror=alert(1)>')
  expect(await other.page.isChecked('input[value=score]')).toBe(true)
  await other.end()
})

test('samples that fail on purpose say what to see, as long as their own words are asked', async () => {
  const { page, end } = await visit()
  await page.click('[data-sample=penguin]')
  await ready(page)
  await page.click('#submit')
  await page.locator('#results-failure').waitFor()
  expect(await words(page, '#results-failure')).toMatch(/^This sample fails on purpose\. None of these is right/)
  await page.fill('#captions', 'a penguin\na boat')
  await page.click('#submit')
  await page.locator('.result-text', { hasText: 'a penguin' }).waitFor()
  expect(await page.locator('#results-failure').isVisible()).toBe(false)
  await end()
})

test('the command for a terminal takes words and names as they are', async () => {
  const { page, end } = await visit()
  await dropFile(page, await readFile(join(PUBLIC, 'samples/penguin.png')), `my "best"; one's.png`, 'image/png')
  await ready(page)
  await page.fill('#captions', `it's\n@file\n$HOME;type=x\nplain`)
  await page.click('#submit')
  await page.locator('#results').waitFor()
  expect(await words(page, '#repeat')).toBe(
    [
      `curl -sS ${url()}/v1/score`,
      String.raw`-F image=@'"my \"best\"; one'\''s.png"'`,
      String.raw`--form-string text='it'\''s'`,
      "--form-string text='@file'",
      "--form-string text='$HOME;type=x'",
      '--form-string text=plain',
    ].join(' \\\n  '),
  )
  expect(await page.locator('#repeat-save').isVisible()).toBe(false)
  expect(await words(page, '#repeat-link-lacks')).toBe(', without the picture')
  await end()
})

test('a picture without a file can be saved as it was sent', async () => {
  const { page, end } = await visit()
  for (const [give, name] of [
    [
      async () => void (await pasteFile(page, await readFile(join(PUBLIC, 'samples/penguin.png')), 'image.png', 'image/png')),
      'image.png',
    ],
    [async () => dropFile(page, await drawn(page, 5000, 1000, 'image/webp'), 'wide.webp', 'image/webp'), 'wide-as-sent.png'],
  ] as const) {
    await give()
    await ready(page)
    await page.fill('#captions', name)
    await page.click('#submit')
    await page.locator('.result-text', { hasText: name }).waitFor()
    expect(await words(page, '#repeat')).toContain(`-F image=@${name}`)
    const saving = page.waitForEvent('download')
    await page.click('#repeat-save a')
    const download = await saving
    expect(download.suggestedFilename()).toBe(name)
    const sent = Buffer.from(asked.at(-1)!.image.split(',')[1]!, 'base64')
    expect((await readFile(await download.path())).equals(sent)).toBe(true)
  }
  await end()
})

test('copies the command', async () => {
  const { page, end } = await visit({ permissions: ['clipboard-read', 'clipboard-write'] })
  await classify(page, 'one\ntwo')
  await page.locator('#results').waitFor()
  // The page's clock is stopped, so that the button's two-second message is still visible.
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + 60_000)
  await page.click('#results .copy')
  await page.locator('#results .copy', { hasText: 'Copied' }).waitFor()
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await page.locator('#repeat').textContent())
  expect(await words(page, '#copy-status')).toBe('Copied.')
  expect(await audit(page)).toEqual([])
  await page.clock.runFor(2000)
  expect(await words(page, '#results .copy span >> nth=0')).toBe('Copy')
  await end()
})

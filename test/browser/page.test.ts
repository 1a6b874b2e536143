import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from 'playwright-core'
import { startAssay, type Assay } from '../e2e/harness.ts'
import { launchBrowser } from './browser.ts'

let assay: Assay
let browser: Browser

beforeAll(async () => {
  ;[assay, browser] = await Promise.all([startAssay(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await assay?.stop()
})

test('the page opens without an error', async () => {
  const page = await browser.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  const response = await page.goto(assay.url)
  expect(response?.status()).toBe(200)
  expect(await page.title()).toContain('Assay')
  expect(complaints).toEqual([])
})

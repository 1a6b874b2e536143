/**
 * Makes docs/images/page.png: the page with a scored sample and the leaderboard of the fixtures.
 *
 *   node test/browser/screenshot.ts [address]     # default: http://127.0.0.1:8787, where npm start answers
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { ROOT } from '../../scripts/paths.ts'
import { launchBrowser } from './browser.ts'

const FILE = join(ROOT, 'docs', 'images', 'page.png')

const browser = await launchBrowser()
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 1390 }, colorScheme: 'light', reducedMotion: 'reduce' })
  await page.goto(process.argv[2] ?? 'http://127.0.0.1:8787')
  await page.locator('#boards[aria-busy="false"]').waitFor()
  await page.click('[data-sample=boat]')
  await page.locator('#picture-facts', { hasText: 'px' }).waitFor()
  await page.click('#submit')
  await page.locator('#results').waitFor()
  // The picture and its answer; the page scrolls to the answer by itself.
  await page.evaluate('scrollTo(0, 0)')
  await mkdir(dirname(FILE), { recursive: true })
  await page.screenshot({ path: FILE })
} finally {
  await browser.close()
}

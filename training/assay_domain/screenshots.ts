/**
 * Screenshots of made-up pages by the browser of the page's tests:
 * `node screenshots.ts FOLDER PER_FAMILY < paths of photographs`.
 * @module
 */
import { globSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { launchBrowser } from '../../test/browser/browser.ts'
import { FAMILIES, type Material, pick, type Random } from './page_families.ts'

const [folder, perFamily = '60'] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: node screenshots.ts FOLDER PER_FAMILY < paths of photographs')

const material: Material = {
  texts: globSync('node_modules/*/README.md')
    .toSorted()
    .map((file) => readFileSync(file, 'utf8').replace(/[#*`|<>[\]()_-]+/g, ' '))
    .filter((text) => text.length > 2000)
    .map((text) => text.slice(0, 6000)),
  photographs: readFileSync(0, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((path) => `data:image/jpeg;base64,${readFileSync(path).toString('base64')}`),
}
const SIDES = [
  [360, 740],
  [412, 915],
  [768, 1024],
  [1024, 768],
  [1280, 720],
  [1366, 768],
  [1440, 900],
  [640, 480],
  [900, 420],
] as const

await mkdir(folder, { recursive: true })
const browser = await launchBrowser()
const tab = await browser.newPage()
for (const [split, families] of Object.entries(FAMILIES))
  for (const [family, make] of Object.entries(families))
    for (let at = 0; at < Number(perFamily); at++) {
      const r = mulberry32(hash(`${family} ${at}`))
      const [width, height] = pick(r, SIDES)
      await tab.setViewportSize({ width, height })
      await tab.setContent(make(r, material), { waitUntil: 'load' })
      await tab.screenshot({ path: join(folder, `${split}-${family}-${String(at).padStart(3, '0')}.png`) })
    }
await browser.close()

/** Tommy Ettinger's mulberry32. */
function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0)!, 0x01000193)
  return sum
}

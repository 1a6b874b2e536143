/**
 * Writes `src/text/emoji/names.json` from emojibase-data: `node scripts/emoji-names.ts PACKAGE_FOLDER`, after
 * `npm pack emojibase-data@17.0.0`.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: node scripts/emoji-names.ts PACKAGE_FOLDER')
const emoji: { hexcode: string; label: string }[] = JSON.parse(readFileSync(join(folder, 'en/compact.json'), 'utf8'))

const names = new Map<string, string>()
for (const { hexcode, label } of emoji) {
  const codes = hexcode.split('-').filter((code) => !/^(FE0F|1F3F[B-F]|E00..)$/.test(code) || hexcode.startsWith('1F3F4-E00'))
  const characters = String.fromCodePoint(...codes.map((code) => Number.parseInt(code, 16)))
  // A lone regional indicator, a digit and © are letters of their texts.
  const isText = /^[\p{RI}#*0-9©®™]?$/u.test(characters)
  if (!isText && !names.has(characters)) names.set(characters, label.replace(/^flag: /, 'flag of '))
}
const sorted = Object.fromEntries([...names].toSorted(([one], [other]) => (one < other ? -1 : 1)))
writeFileSync(new URL('../src/text/emoji/names.json', import.meta.url), `${JSON.stringify(sorted, null, 0)}\n`)

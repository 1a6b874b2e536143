/**
 * MSVD (Microsoft Research Video Description Corpus; Chen & Dolan, ACL 2011): the original CSV, and the id
 * mapping and split lists of the S2VT files. They say whether the fixtures in that layout agree with each
 * other.
 * @module
 */
import type { MsvdClip } from '../../src/tasks/caption/formats/msvd-captions.ts'
import { Problems, unprocessableFile } from '../../src/files/problems.ts'

/**
 * Reads `youtube_mapping.txt`: `-4wsuPCjDBc_5_15 vid1` per line.
 * @returns YouTube ids by clip id
 */
export function readMsvdMapping(text: string): Map<string, string> {
  const problems = new Problems('mapping')
  const mapping = new Map<string, string>()
  linesOf(text).forEach((line, index) => {
    const [youtube, clip, ...rest] = line.trim().split(/\s+/)
    if (youtube === undefined || clip === undefined || rest.length > 0)
      problems.note(`/${index}`, `line ${index + 1} must be two ids`)
    else mapping.set(clip, youtube)
  })
  problems.throwIfAny()
  return mapping
}

/** Reads `train_list.txt`, `val_list.txt` or `test_list.txt`: one id per line. */
export function readMsvdList(text: string): string[] {
  return linesOf(text)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/**
 * Reads the original CSV (`MSR Video Description Corpus.csv`). Columns are found by name, in any order:
 * VideoID, Start, End, Language, Description; others are ignored. Rows whose language is not English, or
 * without a description, are left out, as readers of this file do.
 * @throws {Fault} `unprocessable` for a missing column, a row of another width or an unclosed quote.
 */
export function readMsvdCsv(text: string): { clips: MsvdClip[]; otherLanguages: number; withoutDescription: number } {
  const problems = new Problems('csv')
  const [header, ...rows] = parseCsv(text)
  const columns = new Map((header ?? []).map((name, position) => [name.trim(), position]))
  for (const name of ['VideoID', 'Start', 'End', 'Language', 'Description'])
    if (!columns.has(name)) problems.note('/0', `the header has no column ${name}`)
  problems.throwIfAny()
  const clips = new Map<string, string[]>()
  let otherLanguages = 0
  let withoutDescription = 0
  rows.forEach((row, index) => {
    if (row.length !== header!.length)
      problems.note(`/${index + 1}`, `row ${index + 2} has ${row.length} fields, the header ${header!.length}`)
    const cell = (name: string) => row[columns.get(name)!] ?? ''
    if (cell('Language').trim() !== 'English') otherLanguages++
    else if (cell('Description').trim() === '') withoutDescription++
    else if (problems.isShort(cell('Description'), `/${index + 1}`))
      append(clips, `${cell('VideoID')}_${cell('Start')}_${cell('End')}`, cell('Description'))
  })
  problems.throwIfAny()
  return { clips: toClips(clips), otherLanguages, withoutDescription }
}

/** RFC 4180: quoted fields may contain commas, line breaks and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let quoted = false
  let started = false
  for (let i = text.startsWith('\uFEFF') ? 1 : 0; i < text.length; i++) {
    const character = text[i]!
    if (quoted) {
      if (character !== '"') field += character
      else if (text[i + 1] === '"') {
        field += '"'
        i++
      } else quoted = false
    } else if (character === '"' && field === '') {
      quoted = true
      started = true
    } else if (character === ',') {
      row.push(field)
      field = ''
      started = true
    } else if (character === '\n') {
      if (started || field !== '') rows.push([...row, field.replace(/\r$/, '')])
      row = []
      field = ''
      started = false
    } else field += character
  }
  if (quoted) throw unprocessableFile('csv', 'a quoted field is never closed')
  if (started || field !== '') rows.push([...row, field])
  return rows
}

function append(clips: Map<string, string[]>, id: string, sentence: string): void {
  const sentences = clips.get(id)
  if (sentences === undefined) clips.set(id, [sentence])
  else sentences.push(sentence)
}

function toClips(clips: Map<string, string[]>): MsvdClip[] {
  return Array.from(clips, ([id, sentences]) => ({ id, sentences }))
}

function linesOf(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

import { describe, expect, test } from 'vitest'
import { readMsvdCsv, readMsvdList, readMsvdMapping } from '../../../support/msvd-files.ts'
import { readMsvdSentences } from '../../../../src/tasks/caption/formats/msvd-captions.ts'
import { goldenSources } from '../../metrics/golden.ts'
import { bytesOf } from '../../../support/official-files.ts'

describe.each(goldenSources('msvd'))('MSVD files: $name', ({ name, text }) => {
  const counts = name === 'official' ? { clips: 100, sentences: 4290, mapped: 1970 } : { clips: 40, sentences: 378, mapped: 40 }

  test('hold the counted clips and sentences', () => {
    const clips = readMsvdSentences(bytesOf(text('msvd/sentences.txt')))
    expect(clips).toHaveLength(counts.clips)
    expect(clips.reduce((sum, { sentences }) => sum + sentences.length, 0)).toBe(counts.sentences)
    const mapping = readMsvdMapping(text('msvd/youtube_mapping.txt'))
    expect(mapping.size).toBe(counts.mapped)
    const list = new Set(readMsvdList(text('msvd/list.txt')))
    expect(clips.every(({ id }) => list.has(mapping.get(id)!))).toBe(true)
  })
})

describe('readMsvdCsv', () => {
  const csv = [
    'VideoID,Start,End,WorkerID,Source,AnnotationTime,Language,Description',
    'mv89psg6zh4,33,46,588702,unverified,55,English,"A bird says ""hi"", loudly."',
    'mv89psg6zh4,33,46,588702,unverified,55,Slovene,Papiga se umiva.',
    'mv89psg6zh4,33,46,1,clean,9,English,',
    'mv89psg6zh4,33,46,1,clean,9,English,"Two\nlines."\r',
    'x,0,5,1,clean,9,English,A cat.',
  ].join('\n')

  test('keeps English descriptions by clip', () => {
    expect(readMsvdCsv(csv)).toEqual({
      clips: [
        { id: 'mv89psg6zh4_33_46', sentences: ['A bird says "hi", loudly.', 'Two\nlines.'] },
        { id: 'x_0_5', sentences: ['A cat.'] },
      ],
      otherLanguages: 1,
      withoutDescription: 1,
    })
  })

  test('refuses a missing column, a row of another width and an open quote', () => {
    expect(() => readMsvdCsv('VideoID,Start\n')).toThrow('no column End')
    expect(() => readMsvdCsv(`${csv}\nx,0,5`)).toThrow('has 3 fields, the header 8')
    expect(() => readMsvdCsv(`${csv}\nx,0,5,1,clean,9,English,"A`)).toThrow('never closed')
  })
})

test('S2VT lines need a tab, mapping lines two ids', () => {
  expect(() => readMsvdSentences(bytesOf('vid1 a man\n'))).toThrow('line 1 must be id<TAB>sentence')
  expect(() => readMsvdMapping('onlyone\n')).toThrow('line 1 must be two ids')
})

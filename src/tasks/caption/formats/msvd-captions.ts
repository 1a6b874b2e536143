/**
 * MSVD's sentences in the S2VT text files, `sents_{train,val,test}_lc_nopunc.txt`: `vid1201<TAB>a man is …`
 * per line.
 * @module
 */
import type { Problems } from '../../../files/problems.ts'
import type { Draft } from '../../draft.ts'
import { type Format, requireRecords } from '../../format.ts'
import { readWhole } from '../../format-reader.ts'
import type { CaptionItem } from '../item.ts'
import { readCaptionResults } from './coco-captions.ts'

/** A clip with its English sentences in file order. */
export interface MsvdClip {
  /** `vid1201` in S2VT files, `VideoID_Start_End` in the CSV. */
  readonly id: string
  readonly sentences: readonly string[]
}

export const msvdCaptions: Format<string, object, Draft<CaptionItem>> = {
  task: 'caption',
  layout: 'lines',
  lists: [{ file: 'annotations', key: '' }],
  called: 'captions',
  split: 'none',
  strata: [],

  read({ index, value }, _gathered, problems) {
    const found = sentenceOf((value as string).replace(/\r?\n$/, ''), index, problems)
    return found && { id: found.id, data: found.sentence }
  },

  source(_gathered, [lines]) {
    requireRecords(lines!, 'captions', '', 'holds no sentence')
    return { id_type: 'string' }
  },

  join: (id, records) => ({
    draft: { task: 'caption', id, cluster: id, position: records[0]!.index, references: records.map(({ data }) => data) },
    labels: [],
    // A frame of the clip, such as its middle one, has the clip's name.
    pictures: [[id]],
    index: records[0]!.index,
  }),

  readResults: readCaptionResults,
}

/**
 * Reads a whole file. Clips are in the order of their first sentences.
 * @throws {Fault} `unprocessable` for a line without a tab
 */
export function readMsvdSentences(file: Uint8Array): MsvdClip[] {
  const { items } = readWhole(msvdCaptions, { annotations: file }, { withPictures: false })
  return items.map(({ draft: { id, references } }) => ({ id, sentences: references }))
}

/** @param line - without its line break. @returns undefined after recording a problem */
function sentenceOf(
  line: string,
  index: number,
  problems: Problems,
): { readonly id: string; readonly sentence: string } | undefined {
  const tab = line.indexOf('\t')
  if (tab <= 0) {
    problems.note(`/${index}`, `line ${index + 1} must be id<TAB>sentence`)
    return undefined
  }
  const sentence = line.slice(tab + 1)
  return problems.isShort(sentence, `/${index}`) ? { id: line.slice(0, tab), sentence } : undefined
}

/**
 * What a record of an official file becomes: the same whether the file is read at once or streams past.
 * @module
 */
import { unprocessableField } from '../contracts/failure.ts'
import type { TaskItem } from '../tasks/registry.ts'
import type { Draft } from '../tasks/task.ts'
import type { CoinVideo } from '../tasks/step-localization/formats/coin.ts'
import type { Nlvr2Example } from '../tasks/nlvr2/formats/nlvr2.ts'

/** Of labels, and of facts that reports quote. */
export const MAX_LABEL_LENGTH = 128

/** @param position - of the image or clip among those that are evaluated; only the order counts. */
export function captionDraft(id: string, position: number, references: readonly string[]): Draft<TaskItem> {
  return { task: 'caption', id, cluster: id, position, references: [...references] }
}

/** Statements of one set share its pictures. */
export function nlvr2Draft({ identifier, sentence, label }: Omit<Nlvr2Example, 'image_names'>): Draft<TaskItem> {
  return { task: 'nlvr2', id: identifier, cluster: identifier.split('-').slice(0, 2).join('-'), sentence, label }
}

/** @param position - of the video in its file. */
export function coinDraft({ id, segments }: Pick<CoinVideo, 'id' | 'segments'>, position: number): Draft<TaskItem> {
  return { task: 'step_localization', id, cluster: id, position, segments: [...segments] }
}

/** Why no video of a COIN file was chosen. */
export function noCoinVideo(split: string | undefined, subsets: readonly string[]): string {
  if (subsets.length === 0) return 'the file has no video'
  return `no video has subset ${JSON.stringify(split)}; the file has ${subsets.join(', ')}`
}

/** What reports quote of the files' heads. @throws {Fault} naming the member. */
export function facts(header: Readonly<Record<string, string | number | null>>): Record<string, string> {
  const known = Object.entries(header).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const]))
  for (const [key, value] of known)
    if (value.length > MAX_LABEL_LENGTH) throw unprocessableField(`/${key}`, `must have at most ${MAX_LABEL_LENGTH} characters`)
  return Object.fromEntries(known)
}

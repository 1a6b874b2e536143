/**
 * COIN (COmprehensive INstructional video analysis; Tang et al., CVPR 2019): `COIN.json`, the taxonomy, and
 * ActivityNet-style results. coin-dataset/annotations, coin-dataset/code @c1e09e7. A video may have a member
 * of our own, `frames`: `[{"file": "v_0001.jpg", "time": 2.5}, …]`, the pictures that a model is shown.
 * @module
 */
import { escapePointer } from '../../../contracts/json-pointer.ts'
import { isRecord, parseOfficialJson } from '../../../files/json.ts'
import { firstFew, Problems } from '../../../files/problems.ts'
import type { Draft } from '../../draft.ts'
import { type Format, quotedFacts } from '../../format.ts'
import { FormatFileReader } from '../../format-reader.ts'
import { MOST_FRAMES, type StepItem } from '../item.ts'

/** Step classes of the public taxonomy, ids 1 to 778. */
const COIN_STEPS = 778

export interface CoinSegment {
  /** Step id, 1 to {@link COIN_STEPS}. */
  readonly step: number
  /** Seconds. */
  readonly start: number
  readonly end: number
}

export interface CoinVideo {
  readonly id: string
  /** The task, e.g. `ReplaceCDDriveWithSSD`; null if absent. */
  readonly task: string | null
  /**
   * `training`, `validation` or `testing`. The file and its README disagree about the last two, so both are
   * accepted.
   */
  readonly subset: string
  /** Seconds, or null. */
  readonly duration: number | null
  readonly segments: readonly CoinSegment[]
  /** Absent where the file has none. */
  readonly frames?: readonly CoinFrame[]
}

interface CoinFrame {
  /** Name of its picture. */
  readonly file: string
  /** Seconds. */
  readonly time: number
}

interface Gathered {
  /** Subsets of all videos. */
  subsets: readonly string[]
  /** Whether a video of the split was found. */
  chosen: boolean
  /** Names of steps by id, of all videos. */
  steps: Record<string, string>
  /** Most frames of a video. */
  frames: number
}

export const coin: Format<CoinVideo, Gathered, Draft<StepItem>> = {
  task: 'step_localization',
  layout: 'members',
  lists: [{ file: 'annotations', key: 'database' }],
  split: 'optional',
  strata: [],

  read({ key, value }, gathered, problems, { split }) {
    const video = videoOf(key!, value, problems)
    if (video === undefined) return undefined
    const { id, subset } = video
    const { subsets = [] } = gathered
    gatherSteps(value, (gathered.steps ??= {}))
    if (!subsets.includes(subset)) gathered.subsets = [...subsets, subset]
    if (split !== undefined && subset !== split) return undefined
    gathered.chosen = true
    if (video.frames !== undefined) gathered.frames = Math.max(gathered.frames ?? 0, video.frames.length)
    return { id, data: video }
  },

  missingSplit({ subsets = [], chosen }, { split }) {
    if (chosen) return undefined
    if (subsets.length === 0) return 'the file has no video'
    return `no video has subset ${JSON.stringify(split)}; the file has ${subsets.join(', ')}`
  },

  source: ({ frames }, _counts, { split }) => quotedFacts({ split: split ?? null, frames: frames ?? null }),

  // Named only where a model is asked: older versions have none, and keep their digests.
  candidates: ({ frames, steps = {} }) =>
    frames === undefined
      ? undefined
      : Object.entries(steps)
          .map(([id, name]) => ({ label: id, prompts: [name] }))
          .toSorted((a, b) => Number(a.label) - Number(b.label)),

  join(id, [first, ...others], _source, problems) {
    if (others.length > 0) problems.annotations.note(...twice(id))
    const { index, data } = first!
    const { frames } = data
    return {
      draft: {
        task: 'step_localization',
        id,
        cluster: id,
        position: index,
        segments: [...data.segments],
        ...(frames && { frame_times: frames.map(({ time }) => time) }),
      },
      labels: [],
      pictures: frames?.map(({ file }) => [file]) ?? [],
      index,
    }
  },

  readResults(text, ids) {
    const byVideo = Map.groupBy(readCoinResults(text), ({ video }) => video)
    const known = new Set(ids)
    const unknown = [...byVideo.keys()].filter((video) => !known.has(video))
    const problems = new Problems('results')
    if (unknown.length > 0)
      problems.note(
        '/results',
        `has proposals for ${unknown.length} videos that the dataset does not hold: ${firstFew(unknown)}; leave them out`,
      )
    problems.throwIfAny()
    // A video without proposals has an answer: no proposals.
    return new Map(
      ids.map((id) => [
        id,
        JSON.stringify((byVideo.get(id) ?? []).map(({ step, start, end, score }) => ({ step, start, end, score }))),
      ]),
    )
  },
}

const twice = (id: string) => [`/database/${escapePointer(id)}`, 'stands there more than once'] as const

/**
 * Reads `{database: {VIDEO: {subset, duration, class, annotation: [{id, segment: [start, end], label}, …]},
 * …}}` whole, in file order.
 * @throws {Fault} `unprocessable`
 */
export function readCoin(file: Uint8Array): CoinVideo[] {
  const reader = new FormatFileReader(coin, 'annotations', {}, { withPictures: false })
  const videos = new Map<string, CoinVideo>()
  for (const batch of reader.read(file, true))
    for (const { id, data } of batch) {
      if (videos.has(id)) reader.problems.note(...twice(id))
      videos.set(id, data)
    }
  reader.finish()
  return [...videos.values()]
}

/** Checks one member of `database`. @returns undefined after recording a problem */
function videoOf(id: string, value: unknown, problems: Problems): CoinVideo | undefined {
  const pointer = `/database/${escapePointer(id)}`
  const video = problems.record(value, pointer)
  const subset = video && problems.string(video['subset'], `${pointer}/subset`)
  const annotation = video && problems.list(video['annotation'], `${pointer}/annotation`)
  if (subset === undefined || annotation === undefined) return undefined
  if (!['training', 'validation', 'testing'].includes(subset))
    problems.note(`${pointer}/subset`, `must be training, validation or testing, is ${JSON.stringify(subset)}`)
  const segments = annotation.flatMap((entry, index): CoinSegment[] => {
    const at = `${pointer}/annotation/${index}`
    const record = problems.record(entry, at)
    const step = record && stepOf(record['id'], `${at}/id`, problems)
    const bounds = record && boundsOf(record['segment'], `${at}/segment`, problems)
    if (bounds !== undefined && bounds[1] < bounds[0])
      problems.note(`${at}/segment`, `ends at ${bounds[1]}, before it starts at ${bounds[0]}`)
    if (step !== undefined && (step < 1 || step > COIN_STEPS)) problems.note(`${at}/id`, `must be 1 to ${COIN_STEPS}, is ${step}`)
    return step === undefined || bounds === undefined ? [] : [{ step, start: bounds[0], end: bounds[1] }]
  })
  const { class: task, duration } = video!
  const frames = video!['frames'] === undefined ? undefined : framesOf(video!['frames'], `${pointer}/frames`, problems)
  return {
    id,
    task: typeof task === 'string' ? task : null,
    subset,
    duration: typeof duration === 'number' ? duration : null,
    segments,
    ...(frames && { frames }),
  }
}

/** Frames in the order of their times. @returns undefined after recording a problem */
function framesOf(value: unknown, at: string, problems: Problems): CoinFrame[] | undefined {
  const list = problems.listOf(value, at, MOST_FRAMES)
  if (list?.length === 0) problems.note(at, 'is empty; leave it out for a video without frames')
  const frames = list?.flatMap((entry, index): CoinFrame[] => {
    const record = problems.record(entry, `${at}/${index}`)
    const file = record && problems.string(record['file'], `${at}/${index}/file`)
    const time = record && problems.finiteNumber(record['time'], `${at}/${index}/time`)
    return file === undefined || time === undefined ? [] : [{ file, time }]
  })
  const late = frames?.findIndex(({ time }, index) => index > 0 && time <= frames[index - 1]!.time) ?? -1
  if (late > 0) problems.note(`${at}/${late}/time`, 'must be after the time of the frame before')
  return frames
}

/** The names of steps that a checked video has. */
function gatherSteps(value: unknown, steps: Record<string, string>): void {
  const { annotation } = value as { readonly annotation: readonly unknown[] }
  for (const entry of annotation)
    if (isRecord(entry) && typeof entry['label'] === 'string') steps[String(Number(entry['id']))] ??= entry['label']
}

/** A proposed segment. */
export interface CoinProposal {
  readonly video: string
  readonly step: number
  readonly start: number
  readonly end: number
  readonly score: number
}

/**
 * Reads `{results: {VIDEO: [{score, segment: [start, end], label}, …], …}, …}`, in file order. Published
 * results contain segments that end before they start and the label -1. They are kept, as in the official
 * script.
 * @throws {Fault} `unprocessable`
 */
export function readCoinResults(source: unknown): CoinProposal[] {
  const problems = new Problems('results')
  const file = problems.record(parseOfficialJson(source, 'results'), '')
  const results = file && problems.record(file['results'], '/results')
  problems.throwIfAny()
  const proposals = Object.entries(results!).flatMap(([video, value]) => {
    const pointer = `/results/${escapePointer(video)}`
    return (problems.list(value, pointer) ?? []).flatMap((entry, index): CoinProposal[] => {
      const at = `${pointer}/${index}`
      const record = problems.record(entry, at)
      if (record === undefined) return []
      const step = stepOf(record['label'], `${at}/label`, problems)
      const score = problems.finiteNumber(record['score'], `${at}/score`)
      const bounds = boundsOf(record['segment'], `${at}/segment`, problems)
      if (step === undefined || score === undefined || bounds === undefined) return []
      return [{ video, step, start: bounds[0], end: bounds[1], score }]
    })
  })
  problems.throwIfAny()
  return proposals
}

export interface CoinTaxonomy {
  /** Domain of each task. */
  readonly domains: ReadonlyMap<string, string>
  /** Each step id with its task and its label. */
  readonly steps: ReadonlyMap<number, { readonly task: string; readonly label: string }>
}

/**
 * Reads the taxonomy as rows of the official workbook's sheets, a header row first: `{domain_target_mapping:
 * [[Domains, Targets], …], target_action_mapping: [[Target Id, Target Label, Action Id, Action Label], …]}`.
 * @internal
 */
export function readCoinTaxonomy(source: unknown): CoinTaxonomy {
  const problems = new Problems('taxonomy')
  const file = problems.record(parseOfficialJson(source, 'taxonomy'), '')
  const rowsOf = (sheet: string, width: number): string[][] =>
    ((file && problems.list(file[sheet], `/${sheet}`)) ?? []).slice(1).flatMap((row, index) => {
      const cells = problems.list(row, `/${sheet}/${index + 1}`)
      if (cells !== undefined && cells.length < width) problems.note(`/${sheet}/${index + 1}`, `must have ${width} cells`)
      return cells === undefined ? [] : [cells.map((cell) => String((cell as string | number | null) ?? '').trim())]
    })
  const domains = new Map(rowsOf('domain_target_mapping', 2).map(([domain, task]) => [task!, domain!]))
  const steps = new Map(
    rowsOf('target_action_mapping', 4).map(([, task, id, label]) => [Number(id), { task: task!, label: label! }]),
  )
  problems.throwIfAny()
  return { domains, steps }
}

function stepOf(value: unknown, pointer: string, problems: Problems): number | undefined {
  const step = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value
  if (typeof step === 'number' && Number.isInteger(step)) return step
  problems.note(pointer, `must be a step id such as "212", is ${JSON.stringify(value)}`)
  return undefined
}

function boundsOf(value: unknown, pointer: string, problems: Problems): [number, number] | undefined {
  const list = problems.list(value, pointer)
  if (list === undefined) return undefined
  const start = problems.finiteNumber(list[0], `${pointer}/0`)
  const end = problems.finiteNumber(list[1], `${pointer}/1`)
  if (start === undefined || end === undefined) return undefined
  return [start, end]
}

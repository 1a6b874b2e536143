/**
 * Cost of the metrics as terminal commands, end to end from the official files: captions against
 * pycocoevalcap on the same files in turns, VQA v2 at the size of its val split with a small heap, and the
 * growth of both.
 *
 *     npm run bench -- metrics [--runs 3] [--write]
 *
 * `ASSAY_PYCOCOEVALCAP_PYTHON` names a Python with pycocoevalcap
 * (`pip install --no-deps pycocoevalcap numpy`; its tokenizer needs Java); without it that comparison is
 * skipped. `--write` puts the tables into docs/measurements/metrics-speed.md. Exits 1 if an aim is missed.
 *
 * The input consists of seeded draws from the committed golden files. It is written just before it is read,
 * so no disk is measured.
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { ROOT, WORK } from '../scripts/paths.ts'
import { type CaptionFiles, writeCaptionFiles } from './metrics/caption-files.ts'
import { timed, type TimedAssay, timedAssay } from './metrics/timed-command.ts'
import { type VqaFiles, writeVqaFiles } from './metrics/vqa-files.ts'
import { median, table } from './score/summary.ts'

/** Aims for captions and VQA v2. */
const AIMS = { captionRatio: 10, vqaSeconds: 6, difference: 1e-9 }
const IMAGES = 5000
/** VQA v2 val. */
const QUESTIONS = 214_354
const HEAP_MB = 128
const GROWTH = [1, 2, 4]
const GROWTH_HEAD = ['clock, s', 'CPU, s', 'CPU / n, µs', 'CPU of one more, µs', 'peak memory, MB']

interface Reference {
  readonly scores: Readonly<Record<string, number>>
  readonly seconds: Readonly<Record<string, number>>
  /** Seconds, including Java's. */
  readonly cpu: number
  readonly per_image?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly versions?: string
}

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
})
const runs = Number(options.runs)
if (!Number.isInteger(runs) || runs < 1 || runs > 100) {
  console.error(`--runs must be a whole number from 1 to 100, not ${options.runs}`)
  process.exit(2)
}
const python = process.env['ASSAY_PYCOCOEVALCAP_PYTHON']
const loadAtStart = load()
const missed: string[] = []

mkdirSync(WORK, { recursive: true })
const folder = mkdtempSync(join(WORK, 'bench-metrics-'))
let report: string
try {
  const tables = [await againstReference(), await captionGrowth(), await vqa()]
  const machine = `${cpus()[0]!.model}, ${cpus().length} cores, load ${loadAtStart} at the start and ${load()} at the end`
  report = [`${machine}; Node ${process.versions.node}; ${runs} runs each`, ...tables].join('\n\n')
} finally {
  rmSync(folder, { recursive: true })
}
console.log(report)
for (const aim of missed) console.error(`missed: ${aim}`)
if (options.write) {
  const page = join(ROOT, 'docs/measurements/metrics-speed.md')
  const section = /(<!-- speed:begin -->\n)[^]*?(<!-- speed:end -->)/
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(section, (_all, begin, end) => `${begin}\n${report}\n\n${end}`),
  )
}
process.exitCode = missed.length > 0 ? 1 : 0

/** Captions at the size of the aim, by Assay and by pycocoevalcap in turns. */
async function againstReference(): Promise<string> {
  const files = writeCaptionFiles(folder, IMAGES)
  const what = `BLEU, ROUGE-L and CIDEr-D with PTB tokenization: ${files.images} images, ${files.references} references`
  if (!python) {
    say(what)
    await timedAssay(captionCommand(files))
    const ours = await repeat(() => timedAssay(captionCommand(files)))
    return (
      `**${what}.** ${seconds(median(ours.map(({ wall }) => wall)))} s. pycocoevalcap is not installed: skipped ` +
      `(\`ASSAY_PYCOCOEVALCAP_PYTHON\` names a Python that has it).`
    )
  }

  // An unmeasured pair first: it compares every image's scores.
  say(`${what}: scores of every image`)
  const { per_image, scores, versions } = await reference(files, ['--per-image'])
  const own = JSON.parse((await timedAssay([...captionCommand(files), '--per-image'])).stdout)
  const { per_image: ownImages, n, missing, ...ownScores } = own
  check(n === files.images && missing === 0, `${n} images were scored, ${missing} were missing`)
  const difference = largestDifference({ scores: ownScores, images: ownImages }, { scores, images: per_image })
  check(difference <= AIMS.difference, `scores differ from pycocoevalcap's by ${difference}`)

  const pairs: { ours: TimedAssay; theirs: Awaited<ReturnType<typeof reference>> }[] = []
  for (let pair = 0; pair < runs; pair++) {
    say(`${what}: pair ${pair + 1} of ${runs}`)
    // The order of the two alternates too.
    const early = pair % 2 === 0 ? await timedAssay(captionCommand(files)) : undefined
    const theirs = await reference(files)
    const ours = early ?? (await timedAssay(captionCommand(files)))
    pairs.push({ ours, theirs })
  }
  const ratios = pairs.map(({ ours, theirs }) => theirs.wall / ours.wall)
  const ratioMark = check(
    median(ratios) >= AIMS.captionRatio,
    `${median(ratios).toFixed(1)} × faster than pycocoevalcap, not ${AIMS.captionRatio} ×`,
  )
  const middle = (of: (pair: (typeof pairs)[number]) => number) => seconds(median(pairs.map(of)))
  const parts = Object.keys(pairs[0]!.theirs.seconds).map((part) => `${part} ${middle(({ theirs }) => theirs.seconds[part]!)}`)
  return [
    `**${what}.** The same files in turns; the largest relative difference of any score, corpus and single images, is ` +
      `${difference === 0 ? '0' : difference.toExponential(1)}. ${versions}.`,
    '',
    table([
      ['seconds', 'assay', 'pycocoevalcap', 'ratio', 'assay, CPU', 'pycocoevalcap, CPU'],
      ...pairs.map(({ ours, theirs }, index) => [
        `pair ${index + 1}`,
        ...[ours.wall, theirs.wall].map(seconds),
        ratios[index]!.toFixed(1),
        ...[ours.cpu, theirs.cpu].map(seconds),
      ]),
      [
        'median',
        middle(({ ours }) => ours.wall),
        middle(({ theirs }) => theirs.wall),
        `${median(ratios).toFixed(1)}; aim ≥ ${AIMS.captionRatio} ${ratioMark}`,
        middle(({ ours }) => ours.cpu),
        middle(({ theirs }) => theirs.cpu),
      ],
    ]),
    '',
    `Parts of pycocoevalcap, medians in seconds: ${parts.join(', ')}; the rest is Python's start.`,
  ].join('\n')
}

async function captionGrowth(): Promise<string> {
  const sizes: Size[] = []
  for (const factor of GROWTH) {
    const files = writeCaptionFiles(folder, IMAGES * factor)
    say(`growth: ${files.images} images`)
    const measured = await repeat(() => timedAssay(captionCommand(files)))
    sizes.push({ labels: [`${files.images}`, `${files.references}`], n: files.images, measured })
  }
  return `**Growth, captions.**\n\n${growthTable(['images', 'references'], sizes)}`
}

async function vqa(): Promise<string> {
  const sizes: Size[] = []
  let files: VqaFiles | undefined
  let measured: TimedAssay[] = []
  for (const factor of GROWTH) {
    say('writing VQA files')
    files = writeVqaFiles(folder, Math.round((QUESTIONS * factor) / GROWTH.at(-1)!))
    say(`VQA v2: ${files.count} questions`)
    measured = await repeat(() => vqaRun(files!))
    sizes.push({ labels: [`${files.count}`, `${files.answers}`], n: files.count, measured })
    for (const path of [files.questions, files.annotations, files.results]) rmSync(path)
  }
  const wall = median(measured.map((run) => run.wall))
  const cpu = median(measured.map((run) => run.cpu))
  const mark = check(
    wall < AIMS.vqaSeconds,
    `VQA v2 val takes ${seconds(wall)} s (${seconds(cpu)} s of CPU), not under ${AIMS.vqaSeconds}`,
  )
  return [
    `**VQA v2 val**: ${files!.count} questions, ${files!.answers} answers (${files!.distinctAnswers} different ones, ` +
      `${(files!.bytes / 1e6).toFixed(0)} MB of annotations), under \`--max-old-space-size=${HEAP_MB}\`: ${seconds(wall)} s by the clock, ` +
      `${seconds(cpu)} s of CPU (aim < ${AIMS.vqaSeconds} by the clock ${mark}), peak resident memory ${megabytes(measured)} MB, Node itself included.`,
    '',
    growthTable(['questions', 'answers'], sizes),
  ].join('\n')
}

async function vqaRun({ questions, annotations, results, count }: VqaFiles): Promise<TimedAssay> {
  const args = ['metrics', 'vqa-v2', '--questions', questions, '--annotations', annotations, '--results', results]
  const run = await timedAssay(args, [`--max-old-space-size=${HEAP_MB}`])
  if (!run.stderr.includes(`scored ${count} answers`)) throw new Error(`not every question was scored: ${run.stderr}`)
  return run
}

async function reference(files: CaptionFiles, more: readonly string[] = []): Promise<Reference & { wall: number }> {
  const script = join(ROOT, 'bench/metrics-reference.py')
  const args = [script, '--annotations', files.annotations, '--results', files.results, ...more]
  const { stdout, wall } = await timed(python!, args)
  return { ...(JSON.parse(stdout) as Reference), wall }
}

function captionCommand({ annotations, results }: CaptionFiles): string[] {
  return ['metrics', 'coco-captions', '--annotations', annotations, '--results', results]
}

async function repeat<T>(run: () => Promise<T>): Promise<T[]> {
  const measured: T[] = []
  for (let n = 0; n < runs; n++) measured.push(await run())
  return measured
}

interface Size {
  readonly labels: readonly string[]
  readonly n: number
  readonly measured: readonly TimedAssay[]
}

/** "One more" compares with the previous size, so it excludes Node's start and the first compilation. */
function growthTable(labels: readonly string[], sizes: readonly Size[]): string {
  const cpu = ({ measured }: Size) => median(measured.map((run) => run.cpu))
  const rows = sizes.map((size, index) => {
    const before = sizes[index - 1]
    const more = before && (cpu(size) - cpu(before)) / (size.n - before.n)
    return [
      ...size.labels,
      seconds(median(size.measured.map((run) => run.wall))),
      seconds(cpu(size)),
      microseconds(cpu(size) / size.n),
      more === undefined ? '' : microseconds(more),
      megabytes(size.measured),
    ]
  })
  return table([[...labels, ...GROWTH_HEAD], ...rows])
}

function megabytes(measured: readonly TimedAssay[]): string {
  return (Math.max(...measured.map(({ peakMemory }) => peakMemory)) / 1e6).toFixed(0)
}

/** Largest relative difference of any number; infinite if one is missing. */
function largestDifference(actual: unknown, expected: unknown): number {
  if (typeof actual === 'number' && typeof expected === 'number')
    return actual === expected ? 0 : Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected))
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return Infinity
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)])
  const difference = (key: string) =>
    largestDifference((actual as Record<string, unknown>)[key], (expected as Record<string, unknown>)[key])
  return Math.max(0, ...Array.from(keys, difference))
}

/** Records a missed aim for the end, and marks it. */
function check(isKept: boolean, what: string): string {
  if (!isKept) missed.push(what)
  return isKept ? '✓' : '✗'
}

function load(): string {
  return loadavg()[0]!.toFixed(1)
}

function microseconds(value: number): string {
  return (value * 1e6).toFixed(0)
}

function seconds(value: number): string {
  return value.toFixed(2)
}

function say(text: string): void {
  console.error(text)
}

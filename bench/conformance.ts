/**
 * Fuzzes the metrics against the official programs that are present, and names the skipped ones.
 *
 *     npm run bench -- conformance [--seed 1] [--scale 1] [--parts ptb-tokenizer,bleu]
 *
 * Needs a `java`, and a Python with pycocoevalcap: created under `.assay/` on the first run, or named by
 * `ASSAY_PYCOCOEVALCAP_PYTHON`. Programs that are not packages come from the folder
 * `ASSAY_OFFICIAL_CHECKOUTS` (`official/programs.py` describes its layout), a Python 2.7 from
 * `ASSAY_PYTHON2`. All draws are seeded, so the cases are the same on every machine. Prints a Markdown table,
 * then failing inputs; exits 1 if a case differs. `bench/conformance/part.ts` explains how to add a metric.
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { WORK } from '../scripts/paths.ts'
import { CounterRandom } from '../src/statistics/counter-random.ts'
import { askOfficial, findJava, findPython, packageFolder, pythonJson } from './conformance/official-programs.ts'
import { type ConformanceContext, type ConformancePart, Skipped } from './conformance/part.ts'
import { captions, cider } from './conformance/captions.ts'
import { nlvr2 } from './conformance/nlvr2.ts'
import { spice } from './conformance/spice.ts'
import { coin } from './conformance/step-localization.ts'
import { clipscore, retrieval, textVideo } from './conformance/vectors.ts'
import { vqa } from './conformance/vqa.ts'
import { meteor } from './conformance/meteor.ts'
import { ptbTokenizer } from './conformance/ptb-tokenizer.ts'
import { table } from './score/summary.ts'

const PARTS: readonly ConformancePart[] = [
  ptbTokenizer,
  captions,
  cider,
  meteor,
  vqa,
  nlvr2,
  spice,
  retrieval,
  textVideo,
  clipscore,
  coin,
]

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    parts: { type: 'string', default: PARTS.map(({ name }) => name).join(',') },
  },
})
const seed = Number(options.seed)
const scale = Number(options.scale)
const wanted = options.parts.split(',')
if (!Number.isSafeInteger(seed) || seed < 0) stop(`--seed must be a whole number from 0, not ${options.seed}`)
if (!(scale > 0 && scale <= 100)) stop(`--scale must be a number above 0, at most 100, not ${options.scale}`)
const unknown = wanted.find((name) => !PARTS.some((part) => part.name === name))
if (unknown !== undefined) stop(`--parts: ${JSON.stringify(unknown)} is none of ${PARTS.map(({ name }) => name).join(', ')}`)

mkdirSync(WORK, { recursive: true })
const folder = mkdtempSync(join(WORK, 'bench-conformance-'))
const say = (words: string) => console.error(words)
let python: string | undefined
const pythonPath = () => (python ??= findPython(say))

const rows: string[][] = [['metric', 'official program', 'compared', 'cases', 'differing', 'largest difference', 'undecidable']]
const failures: string[] = []
const skipped: string[] = []
try {
  for (const part of PARTS.filter(({ name }) => wanted.includes(name))) {
    const own = join(folder, part.name)
    mkdirSync(own)
    const context: ConformanceContext = {
      seed,
      scale,
      folder: own,
      random: (key) => new CounterRandom(seed, `bench/conformance/${key}`),
      java: findJava,
      pycocoevalcap: async () => packageFolder(pythonPath()),
      python: async (script, input) => pythonJson(pythonPath(), script, input),
      official: async (name, requests, { checkouts = false } = {}) => askOfficial(pythonPath(), name, requests, checkouts),
      say,
    }
    say(`${part.name} …`)
    const started = performance.now()
    try {
      for (const row of await part.run(context)) {
        const undecidable = Object.entries(row.undecidable ?? {}).map(([reason, count]) => `${count} ${reason}`)
        rows.push([
          part.name,
          part.official,
          row.what,
          String(row.cases),
          String(row.differing),
          row.largestDifference === undefined ? '' : row.largestDifference.toExponential(1),
          undecidable.join(', '),
        ])
        if (row.differing > 0)
          failures.push(`${part.name}, ${row.what}: ${row.differing} of ${row.cases} differ`, ...(row.examples ?? []))
      }
      say(`${part.name}: ${((performance.now() - started) / 1000).toFixed(0)} s`)
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      skipped.push(`${part.name}: ${error.message}`)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}
console.log(`Seed ${seed}, scale ${scale}, Node ${process.versions.node}.\n\n${table(rows)}`)
for (const words of skipped) console.log(`skipped: ${words}`)
for (const words of failures) console.log(words)
process.exitCode = failures.length > 0 ? 1 : 0

function stop(words: string): never {
  console.error(words)
  process.exit(2)
}

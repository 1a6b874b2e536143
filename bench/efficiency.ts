/**
 * Time of every form of a fusion model's transformer in the Worker's runtime, beside what
 * `assay_fusion.efficiency` measured: bytes, multiply–adds, accuracy, native time. A table, and a plot.
 *
 *     npm run bench -- efficiency FOLDER [--rounds 20] [--plot FILE.svg]
 *
 * Times are CPU milliseconds of one text about one picture, the median over all inputs and rounds. All forms
 * take turns, so that a busy minute is shared by all. Answers must be those of native ONNX Runtime.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { nodeRuntime } from '../src/cli/models/node-runtime.ts'
import type { Session } from '../src/models/edge/onnx-runtime.ts'
import { median, table } from './score/summary.ts'
import { efficiencyPlot } from './efficiency/plot.ts'
import type { Form, Measured } from './efficiency/form.ts'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, plot: { type: 'string' } },
  allowPositionals: true,
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) throw new Error('--rounds must be a whole number from 1 to 1000')
const [folder] = positionals
if (folder === undefined) throw new Error('name the folder that python -m assay_fusion.efficiency wrote')

interface Input {
  /** Rows of things, one after the other. */
  readonly things: readonly number[]
  readonly count: number
  readonly ids: readonly number[]
  /** Native logits of the answers, then of true. */
  readonly said: readonly number[]
}

interface Loaded {
  readonly form: Form
  readonly session: Session
  readonly inputs: readonly Input[]
  readonly times: number[]
  /** Growth of the runtime's memory while it loaded and ran once. */
  readonly memory: number
  same: number
}

const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(join(folder, file), 'utf8')) as T
const runtime = await nodeRuntime()

async function say(session: Session, { things, count, ids }: Input): Promise<Float32Array> {
  const outputs = await session.runAll({
    things: { data: Float32Array.from(things), shape: [1, count, things.length / count] },
    ids: { data: BigInt64Array.from(ids, BigInt), shape: [1, ids.length] },
  })
  return Float32Array.of(...outputs.get('answer')!.data, outputs.get('truth')!.data[0]!)
}

const loaded: Loaded[] = []
for (const form of await read<readonly Form[]>('forms.json')) {
  const inputs = await read<readonly Input[]>(form.inputs)
  const before = runtime.memoryBytes()
  const session = await runtime.createSession(new Uint8Array(await readFile(join(folder, form.file))), { prepack: true })
  await say(session, inputs[0]!)
  loaded.push({ form, session, inputs, times: [], memory: runtime.memoryBytes() - before, same: 0 })
}

const best = (logits: ArrayLike<number>): number => {
  const answers = Array.from(logits).slice(0, -1)
  return answers.indexOf(Math.max(...answers))
}

// The first round warms up: V8 compiles what is used often.
for (let round = 0; round <= rounds; round++) {
  for (const one of loaded) {
    for (const input of one.inputs) {
      const began = process.cpuUsage()
      const said = await say(one.session, input)
      const { user, system } = process.cpuUsage(began)
      if (round > 0) one.times.push((user + system) / 1000)
      else if (best(said) === best(input.said)) one.same++
    }
  }
}

const percent = (share: number): string => (100 * share).toFixed(1)
const measured: Measured[] = loaded.map(({ form, times, memory, same, inputs }) => {
  if (same < 0.9 * inputs.length) throw new Error(`${form.name}: only ${same} of ${inputs.length} answers are the native ones`)
  return { ...form, webassembly_ms: median(times), memory, same: same / inputs.length }
})
const tests = Object.keys(measured[0]!.tests)
process.stdout.write(
  `${table([
    ['form', 'bytes', 'weights', 'M multiply–adds', ...tests, 'native ms', 'WebAssembly ms'],
    ...measured.map((form) => [
      form.name,
      form.bytes.toLocaleString('en'),
      form.weights.toLocaleString('en'),
      (form.multiply_adds / 1e6).toFixed(1),
      ...tests.map((name) => {
        const { accuracy, low, high } = form.tests[name]!
        return `${percent(accuracy)} (${percent(low)}–${percent(high)})`
      }),
      form.native_ms.toFixed(2),
      form.webassembly_ms.toFixed(2),
    ]),
  ])}\n`,
)
if (values.plot !== undefined) await writeFile(values.plot, efficiencyPlot(measured))

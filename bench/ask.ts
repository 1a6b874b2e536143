/**
 * CPU of workerd for a question, a statement or a caption: `POST /v1/score` of every shipped model that
 * answers, over the pictures of `fixtures/family/scenes`, one server a model.
 *
 *     npm run bench -- ask [--rounds 1] [model …]
 *
 * "New" is a picture that no cache has; "again" the same bytes with the next question. Other jobs disturb CPU
 * time far less than wall time. The reading of /proc has steps of 10 ms, so means over all pictures count.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { buildWorker } from '../scripts/build.ts'
import { FAMILY_VQA, FIXTURES } from '../scripts/fixture-datasets.ts'
import { makeKey } from '../scripts/local-key.ts'
import { startLocalServer } from '../scripts/local-server.ts'
import { ROOT } from '../scripts/paths.ts'
import { answeringManifest } from '../src/contracts/fusion-manifest.ts'
import { type Client, createClient } from './score/client.ts'
import { workerdCpu } from './score/cpu.ts'
import { numbered } from './score/picture.ts'
import { table } from './score/summary.ts'

const STATEMENT = 'There is a dog.'
/** Requests before the first that counts: machine code of the hot loops is made meanwhile. */
const WARM_UP = 30

const { values, positionals } = parseArgs({ options: { rounds: { type: 'string', default: '1' } }, allowPositionals: true })
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) throw new Error('--rounds must be a whole number from 1 to 20')

interface Asked {
  readonly png: Uint8Array
  readonly question: string
}

async function asked(): Promise<Asked[]> {
  const { questions } = JSON.parse(await readFile(join(FIXTURES, FAMILY_VQA.questions), 'utf8')) as {
    questions: { image_id: number; question: string }[]
  }
  const byImage = new Map(questions.map(({ image_id, question }) => [image_id, question]))
  const files = await readdir(join(FIXTURES, FAMILY_VQA.images))
  return Promise.all(
    files.toSorted().flatMap((file) => {
      const question = byImage.get(Number(/(\d+)\.png$/.exec(file)?.[1]))
      return question === undefined
        ? []
        : [readFile(join(FIXTURES, FAMILY_VQA.images, file)).then((png) => ({ png: new Uint8Array(png), question }))]
    }),
  )
}

const pictures = await asked()
const skills: { model: string; skill: string }[] = []
for (const id of (await readdir(join(ROOT, 'models'))).toSorted()) {
  const manifest = answeringManifest.safeParse(JSON.parse(await readFile(join(ROOT, 'models', id, 'manifest.json'), 'utf8')))
  if (manifest.success && (positionals.length === 0 || positionals.includes(id)))
    for (const skill of manifest.data.skills) skills.push({ model: `${id} ${manifest.data.version}`, skill })
}
if (skills.length === 0) throw new Error(`no shipped model that answers is called ${positionals.join(' or ')}`)

/** A multipart body of one picture and what is asked about it. */
function form(png: Uint8Array, fields: Readonly<Record<string, string>>): { body: Uint8Array; contentType: string } {
  const boundary = 'assay-bench'
  const part = (disposition: string, type = ''): string =>
    `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n${type}\r\n`
  const texts = Object.entries(fields).map(([name, value]) => `\r\n${part(`name="${name}"`)}${value}`)
  const body = Buffer.concat([
    Buffer.from(part('name="image"; filename="image.png"', 'content-type: image/png\r\n')),
    png,
    Buffer.from(`${texts.join('')}\r\n--${boundary}--\r\n`),
  ])
  return { body, contentType: `multipart/form-data; boundary=${boundary}` }
}

/** Requests per key and minute are limited here too: a refused one is repeated later. */
async function ask(client: Client, png: Uint8Array, fields: Readonly<Record<string, string>>): Promise<void> {
  const { body, contentType } = form(png, fields)
  const answer = await client.post('/v1/score', body, contentType)
  if (answer.status === 429) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return ask(client, png, fields)
  }
  if (answer.status !== 200) throw new Error(`the Worker answered ${answer.status}: ${answer.body}`)
}

function fieldsOf(skill: string, question: string): Record<string, string> {
  if (skill === 'question') return { question }
  return skill === 'statement' ? { statement: STATEMENT } : { caption: 'true' }
}

/** CPU milliseconds of workerd for the call. */
async function cost(call: () => Promise<void>): Promise<number> {
  const before = workerdCpu()
  await call()
  const after = workerdCpu()
  if (before === undefined || after === undefined) throw new Error('CPU time of workerd is read from /proc: Linux only')
  return after - before
}

async function measure(model: string, skill: string): Promise<string[]> {
  const key = makeKey()
  const server = await startLocalServer({ bindings: key.bindings, allowLoopback: true, scheduleEvery: 0 })
  const client = createClient(server.url, key.key)
  let number = 0
  const fresh = ({ png }: Asked) => numbered(png, number++)
  const fields = (one: Asked) => ({ ...fieldsOf(skill, one.question), model: model.split(' ')[0]! })
  try {
    const first = await cost(() => ask(client, fresh(pictures[0]!), fields(pictures[0]!)))
    for (let at = 0; at < WARM_UP; at++) {
      const one = pictures[at % pictures.length]!
      await ask(client, fresh(one), fields(one))
    }
    let [whole, again] = [0, 0]
    for (let round = 0; round < rounds; round++)
      for (const [at, one] of pictures.entries()) {
        const png = fresh(one)
        whole += await cost(() => ask(client, png, fields(one)))
        const next = pictures[(at + 1) % pictures.length]!
        again += await cost(() => ask(client, png, fields(next)))
      }
    const n = rounds * pictures.length
    return [model, skill, String(n), (whole / n).toFixed(1), (again / n).toFixed(1), first.toFixed(0)]
  } finally {
    client.close()
    await server.stop()
  }
}

const load = loadavg()[0]!
await buildWorker()
const rows: string[][] = []
for (const { model, skill } of skills) rows.push(await measure(model, skill))
process.stdout.write(
  `\n${cpus()[0]!.model}, ${cpus().length} cores, load ${load.toFixed(1)} before, ${loadavg()[0]!.toFixed(1)} after\n\n` +
    `${table([['model', 'asked', 'pictures', 'new, CPU ms', 'again, CPU ms', 'first request, CPU ms'], ...rows])}\n`,
)

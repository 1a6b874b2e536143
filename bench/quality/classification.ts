/**
 * Classification folders: each picture is classified among the candidates by `POST /v1/score`.
 *
 * The Worker remembers the vectors of about 340 labels of 384 dimensions. So candidates are asked in groups,
 * and all pictures are asked about one group before the next. Cosines do not depend on the group.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError } from '../../scripts/api-client.ts'
import { type Context, type DatasetKind, percent } from './dataset-kind.ts'
import { findPicture, type Picture, sayMissing } from './pictures.ts'

const GROUP = 250
const AT_ONCE = 3
const PATIENCE_MILLISECONDS = 5000

interface Candidate {
  readonly label: string
  readonly prompts: readonly string[]
}

interface Asked {
  readonly picture: Picture
  /** Place of its label among the candidates. */
  readonly right: number
  /** By place of the candidate. */
  readonly cosines: Float64Array
}

export const classification: DatasetKind = {
  columns: ['pictures', 'candidates', 'top-1', 'top-5'],
  recognises: async (_folder, files) => files.has('labels.json') && files.has('names.json'),

  async evaluate(context, _name, folder) {
    const { say } = context
    const candidates = candidatesOf(await json(folder, 'names.json'))
    const asked = await picturesOf(folder, candidates, say)
    const refused = new Set<Asked>()
    for (let from = 0; from < candidates.length; from += groupSize(candidates.length)) {
      const group = candidates.slice(from, from + groupSize(candidates.length))
      const [first, ...others] = asked.filter((picture) => !refused.has(picture))
      if (first === undefined) break
      // The first one alone: it embeds the group's texts for all.
      for (const batch of [[first], others]) await askAll(context, batch, group, from, refused)
    }
    const answered = asked.filter((picture) => !refused.has(picture))
    if (answered.length === 0) throw new Error('no picture was classified')
    const share = (depth: number): number => answered.filter((picture) => rankOf(picture) <= depth).length / answered.length
    const [top1, top5] = [share(1), share(5)]
    return {
      values: { top1, top5 },
      cells: [String(answered.length), String(candidates.length), `**${percent(top1)}**`, percent(top5)],
    }
  },
}

/** Groups of nearly equal size, since one label alone cannot be asked. */
const groupSize = (candidates: number): number => Math.ceil(candidates / Math.ceil(candidates / GROUP))

/** Ties count against the model. */
function rankOf({ right, cosines }: Asked): number {
  return cosines.filter((cosine) => cosine >= cosines[right]!).length
}

async function json(folder: string, name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(folder, name), 'utf8'))
}

const isText = (value: unknown): value is string => typeof value === 'string' && /\S/.test(value)

function candidatesOf(names: unknown): Candidate[] {
  const refusal = 'names.json must be a list of texts, or an object from labels to a text or texts'
  if (typeof names !== 'object' || names === null) throw new Error(refusal)
  const entries: [string, unknown][] = Array.isArray(names) ? names.map((name) => [String(name), name]) : Object.entries(names)
  const candidates = new Map<string, Candidate>()
  for (const [label, value] of entries) {
    const prompts = Array.isArray(value) ? [...new Set(value)] : [value]
    if (prompts.length === 0 || !prompts.every(isText)) throw new Error(refusal)
    candidates.set(label, { label, prompts })
  }
  if (candidates.size < 2) throw new Error('names.json must have at least two candidates')
  return [...candidates.values()]
}

async function picturesOf(folder: string, candidates: readonly Candidate[], say: Context['say']): Promise<Asked[]> {
  const labels = await json(folder, 'labels.json')
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels))
    throw new Error('labels.json must be an object from file names to labels')
  const places = new Map(candidates.map(({ label }, place) => [label, place]))
  const asked: Asked[] = []
  const missing: string[] = []
  for (const [file, label] of Object.entries(labels as Record<string, unknown>)) {
    const right = places.get(String(label))
    if (right === undefined) throw new Error(`labels.json: ${file} has label ${JSON.stringify(label)}, which names.json lacks`)
    const picture = await findPicture(join(folder, 'images'), [file])
    if (typeof picture === 'string') missing.push(picture)
    else asked.push({ picture, right, cosines: new Float64Array(candidates.length) })
  }
  sayMissing(missing, asked.length + missing.length, say)
  return asked
}

async function askAll(
  context: Context,
  pictures: readonly Asked[],
  group: readonly Candidate[],
  from: number,
  refused: Set<Asked>,
): Promise<void> {
  const queue = [...pictures]
  const work = async (): Promise<void> => {
    for (let picture = queue.pop(); picture !== undefined; picture = queue.pop()) {
      try {
        const { data } = await ask(context, picture.picture, group)
        for (const { index, cosine } of data) picture.cosines[from + index] = cosine
      } catch (error) {
        // Only the picture's own fault: other refusals would repeat for all.
        if (!(error instanceof ApiError) || (error.status !== 422 && error.status !== 413 && error.status !== 415)) throw error
        context.say(`left out ${picture.picture.path}: ${error.message}`)
        refused.add(picture)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

interface Classified {
  readonly data: readonly { readonly index: number; readonly cosine: number }[]
}

async function ask(context: Context, picture: Picture, labels: readonly Candidate[]): Promise<Classified> {
  const form = new FormData()
  form.set('model', context.model)
  form.set('image', new File([await readFile(picture.path)], `picture${picture.ending}`))
  form.set('classify', JSON.stringify({ labels }))
  try {
    return await context.api.upload<Classified>('/v1/score', form)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 429) throw error
    // Requests per minute are limited.
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS))
    return ask(context, picture, labels)
  }
}

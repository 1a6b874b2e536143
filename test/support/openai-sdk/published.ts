/**
 * The evals of `docs/from-openai-evals.md`: the page's programs, the models that answer and judge them, and
 * the grades that their definitions give.
 * @module
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type OpenAI from 'openai'
import { ROOT } from '../../../scripts/paths.ts'

type Grade = readonly [item: unknown, status: 'pass' | 'fail', score: number]

/** By program, in the page's order: each item, by one member of it, with the grade it must get. */
export const PUBLISHED: readonly { readonly kind: string; readonly member: string; readonly grades: readonly Grade[] }[] = [
  {
    kind: 'string_check',
    member: 'ticket_text',
    grades: [
      ['The left monitor stays black', 'pass', 1],
      ['I cannot install the new editor', 'pass', 1],
      // In other words than the label: `eq` is exact.
      ['The printer eats paper', 'fail', 0],
      ['When does the canteen open?', 'fail', 0],
    ],
  },
  {
    kind: 'label_model',
    member: 'notifications',
    grades: [
      ['Mum called twice. Your parcel has arrived.', 'pass', 1],
      ['Sale ends tonight. Rain from six o’clock.', 'fail', 0],
    ],
  },
  {
    kind: 'score_model',
    member: 'number',
    grades: [
      [1, 'pass', 0.6],
      [2, 'fail', 0.5],
    ],
  },
]

/** Answers of the models that the programs ask, from the whole text of the messages; null for other texts. */
export function publishedAnswer(text: string): string | null {
  if (text.includes('Sort the support ticket')) {
    if (text.includes('monitor')) return 'Hardware'
    return text.includes('printer') ? 'It is hardware.' : 'Software'
  }
  if (text.includes('Does the summary keep')) return text.includes('Summary: a parcel came') ? 'correct' : '"incorrect"'
  if (text.includes('Condense these')) return text.includes('parcel') ? 'a parcel came' : 'nothing'
  // A judge that gets no picture gives no number.
  if (text.includes('How well does the caption'))
    return text.includes('[image_url]') ? (text.includes('a good caption') ? '0.6' : '{"score": 0.5}') : 'no picture'
  if (text.includes('Describe picture')) return text.includes('picture 1') ? 'a good caption' : 'a bad caption'
  return null
}

/** Runs a program of the page, as it is written there. */
export async function publishedModule(
  kind: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ evaluation: OpenAI.EvalCreateResponse; run: OpenAI.Evals.RunCreateResponse }> {
  const path = programOf('docs/from-openai-evals.md', `\`${kind}\``, kind)
  const before = { ...process.env }
  try {
    Object.assign(process.env, environment)
    return (await import(/* @vite-ignore */ `${pathToFileURL(path).href}?${Date.now()}`)) as Awaited<
      ReturnType<typeof publishedModule>
    >
  } finally {
    for (const name of Object.keys(environment)) {
      const value = before[name]
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

/** Runs the program of `docs/saved-evals.md` that saves all evals as `saved.jsonl` in this folder. */
export async function saveEvals(folder: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const program = programOf('docs/saved-evals.md', 'Save', 'save-evals')
  await promisify(execFile)(process.execPath, [program], { cwd: folder, env: { ...process.env, ...environment } })
  return join(folder, 'saved.jsonl')
}

/** Writes the program of a page's section to a file that finds the packages of this repository. */
function programOf(page: string, section: string, name: string): string {
  const text = readFileSync(join(ROOT, page), 'utf8')
    .split(/^## /m)
    .slice(1)
    .find((part) => part.split('\n')[0]!.includes(section))
  const program = /^```typescript\n([^]*?)^```$/m.exec(text ?? '')?.[1]
  if (program === undefined) throw new Error(`${page} has no program in its section ${section}`)
  const folder = join(ROOT, '.assay/published')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${name}.ts`)
  writeFileSync(path, program)
  return path
}

/**
 * The file of `assay eval`: data, eval, run and gate. JSON or YAML; paths are relative to the file.
 * @module
 */
import { pointerOf } from '../../contracts/json-pointer.ts'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { fieldErrorsOf, sentenceOf } from '../../contracts/field-errors.ts'
import { UsageError } from '../arguments.ts'

const importedDataset = z.strictObject({
  name: z.string().min(1),
  format: z.string().min(1).describe('As in docs/datasets.md, e.g. `karpathy`, `vqa-v2`, `items-csv`.'),
  split: z.string().optional(),
  files: z.record(z.string(), z.string()).describe('Paths by form field, e.g. `annotations`.'),
  images: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('A folder, or paths of pictures.'),
})

const newEval = z.looseObject({
  name: z.string().optional(),
  data_source_config: z.looseObject({ type: z.string() }).optional(),
  testing_criteria: z.array(z.looseObject({ type: z.string() })).min(1),
})

const run = z.looseObject({
  name: z.string().optional(),
  subject: z.looseObject({ type: z.string() }).optional().describe('The model, for a dataset.'),
  limit: z.int().positive().optional(),
  data_source: z.looseObject({ type: z.string() }).optional().describe("OpenAI's data source, instead of a dataset."),
})

const evalConfig = z
  .strictObject({
    name: z.string().optional().describe('Names the eval and the run unless they have names.'),
    dataset: z.union([z.string(), importedDataset]).optional().describe('Id of a dataset, or files to import.'),
    eval: z.union([z.string(), newEval]).describe('Id of an eval, or what to measure.'),
    run,
    gate: z.array(z.looseObject({ type: z.string() })).optional(),
    baseline: z.string().optional().describe('Id of a run to compare with.'),
  })
  .refine(({ dataset, run: { data_source: source } }) => (dataset === undefined) !== (source === undefined), {
    message: 'needs either dataset or run.data_source',
    path: ['dataset'],
  })
  .refine(({ dataset, run: { subject } }) => dataset === undefined || subject !== undefined, {
    message: 'is missing: the model to run on the dataset',
    path: ['run', 'subject'],
  })

export type EvalConfig = z.infer<typeof evalConfig>
export type ImportedDataset = z.infer<typeof importedDataset>

export interface EvalConfigFile {
  readonly config: EvalConfig
  /** A path of the file, made absolute. */
  path(relative: string): string
}

/** @throws {UsageError} naming the file, the member and the fix */
export async function readEvalConfig(file: string): Promise<EvalConfigFile> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`cannot read ${file}: ${error.message}`, { cause: error })
  })
  const parsed = evalConfig.safeParse(parse(file, text), { error: sentenceOf })
  if (!parsed.success) {
    const problems = fieldErrorsOf(parsed.error.issues, pointerOf).map(({ pointer, detail }) => `${pointer || '/'}: ${detail}`)
    throw new UsageError(`${file}: ${problems.join('; ')}. docs/terminal.md describes the file`)
  }
  return { config: parsed.data, path: (relative) => resolve(dirname(file), relative) }
}

function parse(file: string, text: string): unknown {
  try {
    // YAML 1.2 contains JSON; a file named .json is held to JSON.
    return file.endsWith('.json') ? JSON.parse(text) : parseYaml(text)
  } catch (error) {
    throw new UsageError(`${file} is neither JSON nor YAML: ${(error as Error).message}`, { cause: error })
  }
}

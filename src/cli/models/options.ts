/**
 * Reads the options of `assay models`.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { textsOfFile } from './embed-texts.ts'
import { type Layout, PRECISIONS, type Precision } from './layout.ts'
import { Refusal } from './refusal.ts'

/** Values of the options that were given, by name. */
export type Values = ReadonlyMap<string, string>

export function layoutOptions(values: Values) {
  const precisionOf = (name: 'precision' | 'vision-precision' | 'text-precision'): Precision | undefined => {
    const given = values.get(name)
    return given === undefined ? undefined : choice(name, given, PRECISIONS)
  }
  const precision = {
    both: precisionOf('precision'),
    vision: precisionOf('vision-precision'),
    text: precisionOf('text-precision'),
  }
  return { precision, licence: values.get('licence') }
}

/** Scale and bias are weights of the checkpoint that its towers do not contain. */
export function scoringOf(family: Layout['family'], values: Values): { logitScale: number; logitBias: number | undefined } {
  const logitScale = number('logit-scale', values.get('logit-scale'))
  const logitBias = number('logit-bias', values.get('logit-bias'))
  if (logitScale === undefined)
    throw new Refusal(
      'the towers do not contain the scale of the cosine: give --logit-scale, the exponential of the checkpoint’s logit_scale' +
        (family === 'clip' ? ' (100 for OpenAI’s CLIP)' : ''),
    )
  if (logitScale <= 0) throw new Refusal(`--logit-scale must be above 0, is ${logitScale}`)
  if (family === 'siglip' && logitBias === undefined)
    throw new Refusal('SigLIP adds a bias to every pair: give --logit-bias, the checkpoint’s logit_bias')
  if (family === 'clip' && logitBias !== undefined) throw new Refusal('CLIP has no bias: leave --logit-bias out')
  return { logitScale, logitBias }
}

export async function readTexts(file: string): Promise<string[]> {
  const content = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Refusal(`cannot read ${file}: ${error.message}`)
  })
  return textsOfFile(basename(file), content)
}

export function modelId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 64)
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(id)) throw new Refusal(`${JSON.stringify(name)} gives no id: choose one by --id`)
  return id
}

function number(name: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  const value = Number(given)
  if (given.trim() === '' || !Number.isFinite(value)) throw new Refusal(`--${name} must be a number, is ${JSON.stringify(given)}`)
  return value
}

export function choice<T extends string>(name: string, given: string, choices: readonly T[]): T {
  const found = choices.find((value) => value === given)
  if (found === undefined) throw new Refusal(`--${name} must be one of ${choices.join(', ')}, is ${JSON.stringify(given)}`)
  return found
}

/** The padding token for short texts. @throws {Refusal} unless it is an integer from 0 */
export function padIdOf(values: Values): number | undefined {
  const given = values.get('pad-id')
  const id = number('pad-id', given)
  if (id !== undefined && !(Number.isInteger(id) && id >= 0))
    throw new Refusal(`--pad-id must be a token's id, a whole number from 0, is ${given}`)
  return id
}

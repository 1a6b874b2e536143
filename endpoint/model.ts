/**
 * What answers behind the endpoint: the shipped models, and `rules`, which needs no weights.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MODELS } from '../test/support/node-dual-encoder.ts'
import { createAnswerer } from './answering.ts'
import { type Encoder, loadEncoder, rules } from './encoder.ts'
import type { Rank } from './rank.ts'
import { zeroShot } from './zero-shot.ts'

export interface Model {
  /** null: it only answers. */
  readonly encoder: Encoder | null
  readonly rank: Rank
}

export type FindModel = (name: string) => Promise<Model | null>

const RULES = 'rules'

/** Names of the models in `models/`, with whether they embed. */
function shipped(): Map<string, boolean> {
  const folders = readdirSync(MODELS, { withFileTypes: true }).filter((each) => each.isDirectory())
  return new Map(folders.map(({ name }) => [name, embeds(name)]))
}

function embeds(name: string): boolean {
  const manifest = JSON.parse(readFileSync(join(MODELS, name, 'manifest.json'), 'utf8')) as { embedding?: unknown }
  return manifest.embedding !== undefined
}

export const modelNames = (): string[] => [...shipped().keys(), RULES]

/** Loads a model once, on its first request. One computes at a time: ONNX Runtime has one thread here. */
export function createModels(): FindModel {
  const loaded = new Map<string, Promise<Model>>()
  const known = shipped()
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work)
    last = next
    return next
  }

  async function load(name: string): Promise<Model> {
    if (known.get(name)) return modelOf(await loadEncoder(name, inTurn))
    const rank = await createAnswerer(name)
    return { encoder: null, rank: (...asked) => inTurn(() => rank(...asked)) }
  }

  return async (name) => {
    if (name !== RULES && !known.has(name)) return null
    const model = loaded.get(name) ?? (name === RULES ? Promise.resolve(modelOf(rules)) : load(name))
    loaded.set(name, model)
    return model
  }
}

const modelOf = (encoder: Encoder): Model => ({ encoder, rank: zeroShot(encoder) })

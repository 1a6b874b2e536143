/** A model kind in one folder: it answers every question with the same word. */
import type { Model, ModelIdentityOf } from '../../../../src/contracts/model.ts'
import type { ModelKind } from '../../../../src/models/model-kind.ts'

declare module '../../../../src/contracts/model.ts' {
  interface ModelIdentities {
    parrot: { readonly type: 'parrot'; readonly name: string; readonly word: string }
  }
}

interface ParrotReference {
  readonly type: 'parrot'
  readonly word: string
}

const supports: Model['supports'] = (task, output) =>
  (task === 'vqa' && output === 'text') || `a parrot answers questions, and gives no ${output} for ${task} datasets`

export const parrotKind: ModelKind<ParrotReference, ModelIdentityOf<'parrot'>> = {
  type: 'parrot',
  resolve: async ({ reference: { word } }) => ({
    identity: { type: 'parrot', name: 'parrot', word },
    concurrency: 2,
    queue: 'edge',
    supports,
    prepare: async () => {},
  }),
  open: async ({ identity }) => ({
    identity,
    concurrency: 2,
    supports,
    run: async () => ({ output: { kind: 'text', text: identity.word }, calls: 1 }),
  }),
}

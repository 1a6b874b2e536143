/**
 * `assay models …`: a user's own models.
 * @module
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type ArgumentRules, readArguments } from '../arguments.ts'
import { dispatch, type Leaf } from '../dispatch.ts'
import { EXAMPLE } from '../example.ts'
import type { Values } from './options.ts'
import { Refusal } from './refusal.ts'
import { add, check, embedMore, list, type ModelsIo, remove } from './verbs.ts'

/** Like {@link ModelsIo}; `work` defaults to the folder of `npm start`. */
export type ModelsTerminal = Omit<ModelsIo, 'work'> & { readonly work?: string }

/** State folder of `npm start`, as in `scripts/paths.ts`. */
const HOME = process.env['ASSAY_HOME'] ?? fileURLToPath(new URL('../../../.assay', import.meta.url))

interface Verb {
  readonly usage: string
  readonly examples: readonly string[]
  readonly options: ArgumentRules['options']
  readonly run: (argument: string | undefined, values: Values, io: ModelsIo) => Promise<number>
}

const PRECISION = { precision: false, 'vision-precision': false, 'text-precision': false }
const SERVICE = { server: false, key: false }

const VERBS: Readonly<Record<string, Verb>> = {
  check: {
    usage: 'models check <folder or address> [--precision …] [--licence …] [--revision …]',
    examples: [`${EXAMPLE} models check test/golden/models/clip-tiny`],
    options: { ...PRECISION, licence: false, revision: false },
    run: check,
  },
  add: {
    usage:
      'models add <folder or address> --logit-scale N [--logit-bias N] [--id …] [--licence …] ' +
      '[--precision quantized|int8|uint8|fp32|fp16|q4] [--vision-precision …] [--text-precision …] [--pad-id N] ' +
      '[--split vision|text|both] [--texts FILE] [--prompt PREFIX] [--revision …] [--server … --key …]',
    examples: [
      `${EXAMPLE} models add test/golden/models/clip-tiny --logit-scale 100 --licence MIT`,
      `${EXAMPLE} models add https://huggingface.co/Xenova/clip-vit-base-patch32 --logit-scale 100 --precision quantized --split both`,
    ],
    options: {
      ...PRECISION,
      ...SERVICE,
      id: false,
      licence: false,
      'pad-id': false,
      revision: false,
      'logit-scale': false,
      'logit-bias': false,
      prompt: false,
      split: false,
      texts: false,
    },
    run: add,
  },
  'embed-texts': {
    usage: 'models embed-texts <id> --texts FILE [--server … --key …]',
    examples: [`${EXAMPLE} models embed-texts clip-tiny --texts captions.txt`],
    options: { texts: true, ...SERVICE },
    run: embedMore,
  },
  list: {
    usage: 'models list [--server … --key …]',
    examples: [`${EXAMPLE} models list`],
    options: SERVICE,
    run: list,
  },
  remove: {
    usage: 'models remove <id> [--server … --key …]',
    examples: [`${EXAMPLE} models remove clip-tiny`],
    options: SERVICE,
    run: remove,
  },
}

export const MODELS_COMMANDS: Readonly<Record<string, Leaf<ModelsTerminal>>> = Object.fromEntries(
  Object.entries(VERBS).map(([name, verb]) => [name, leafOf(verb)]),
)

/**
 * @returns the exit status: 0; 1 if `check` finds no way to run the model; 2 for bad usage and for a refused
 *   model
 */
export function runModels(argv: readonly string[], io: ModelsTerminal): Promise<number> {
  return dispatch('assay models', { noun: 'verb', commands: MODELS_COMMANDS }, argv, io)
}

function leafOf({ usage, examples, options, run }: Verb): Leaf<ModelsTerminal> {
  return {
    usage,
    examples,
    async run(argv, io) {
      const { values, positionals } = readArguments({ options, positionals: Infinity }, argv, usage)
      if (positionals.length > 1) throw new Refusal(`one model at a time, not ${positionals.join(' and ')}`)
      return run(positionals[0], values, { ...io, work: io.work ?? HOME })
    },
  }
}

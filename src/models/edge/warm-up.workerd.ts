/**
 * Prepares the default model. Visitors of the page are likely to send a picture next, and the first use in an
 * isolate verifies files and creates two sessions, the tokenizer and fresh WebAssembly.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import { fromBase64 } from '../../contracts/base64.ts'
import { inTurn } from '../../contracts/turn.ts'
import { modelTurns, shippedModels } from './edge-models.workerd.ts'

/** A white pixel: PNG, 1 × 1. */
const PIXEL = fromBase64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC')!

let begun = false

/**
 * Runs once per isolate, after the answer of the request that asks for it. A failure here recurs on first use
 * and is reported there.
 */
export function warmUp(): void {
  if (begun) return
  begun = true
  // A separate task: inference takes only microtasks and would otherwise precede the answer.
  waitUntil(new Promise((resolve) => setTimeout(resolve)).then(embedOnce).catch(() => undefined))
}

async function embedOnce(): Promise<void> {
  const [model] = shippedModels.values()
  if (model === undefined) return
  await inTurn(
    () => modelTurns.enter(model.manifest.id, model.residentBytes),
    async (begin) => {
      await begin()
      await model.embedText('')
      await model.embedImage(PIXEL)
    },
  )
}

/**
 * The default model made ready before it is asked: whoever opens the page will drop a picture next, and the first use of an isolate pays
 * for the checking of files, two sessions, the tokenizer, and WebAssembly that nobody has run yet.
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import { fromBase64 } from '../../contracts/base64.ts'
import { shippedModels } from './edge-models.workerd.ts'

/** A white pixel: PNG, 1 × 1. */
const PIXEL = fromBase64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC')!

let begun = false

/** Begins once an isolate, after the answer of the request that asks for it. What fails here fails again, and is told, at first use. */
export function warmUp(): void {
  if (begun) return
  begun = true
  // In a task of its own: inference takes microtasks only, and would otherwise come before the answer.
  waitUntil(new Promise((resolve) => setTimeout(resolve)).then(embedOnce).catch(() => undefined))
}

async function embedOnce(): Promise<void> {
  const [model] = shippedModels.values()
  await model?.embedText('')
  await model?.embedImage(PIXEL)
}

/**
 * wrangler and Miniflare, as `require` loads them. For an `import` Node reads files of 15 and 6 MB twice
 * more, to guess their format and their names: half of the time to load them.
 * @module
 */
import { createRequire } from 'node:module'
import type * as Miniflare from 'miniflare'
import type * as Wrangler from 'wrangler'

const load = createRequire(import.meta.url)

export const wrangler = load('wrangler') as typeof Wrangler
export const miniflare = load('miniflare') as typeof Miniflare

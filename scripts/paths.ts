/**
 * Where the scripts keep things. Everything a run of Assay leaves behind on this machine lies under
 * `.assay/`.
 * @module
 */
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import process from 'node:process'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** `ASSAY_HOME` moves it, for tests that start a whole Assay. */
export const WORK = process.env['ASSAY_HOME'] ?? join(ROOT, '.assay')
export const DIST = join(WORK, 'dist')
/** The Worker that runs single towers, see `src/tower.toml`. */
export const TOWER_DIST = join(WORK, 'tower-dist')
export const STATE = join(WORK, 'state')
export const LOCK_FILE = join(WORK, 'server.json')
export const KEY_FILE = join(WORK, 'local-key')
export const LOG_FILE = join(WORK, 'server.log')
export const WRANGLER_CONFIG = join(ROOT, 'wrangler.toml')
export const TOWER_CONFIG = join(ROOT, 'src', 'tower.toml')
export const MIGRATIONS = join(ROOT, 'migrations')

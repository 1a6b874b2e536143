/**
 * The terminal command in one file: Node reads that in a fifth of the time that its TypeScript sources take, and most tasks are short.
 * Plain JavaScript, as the bootstrap that asks for it.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/**
 * Bundles `src/cli/main.ts` by esbuild, which comes with wrangler, unless that was done after the last change of the sources.
 * @param {string} root - of the checkout.
 * @returns {string} the script for Node 22: the bundle, or the source itself where there is no esbuild or it fails.
 */
export function commandScript(root) {
  const source = join(root, 'src', 'cli', 'main.ts')
  const bundle = join(process.env['ASSAY_HOME'] ?? join(root, '.assay'), 'cli', 'assay.mjs')
  const built = modifiedAt(bundle)
  if (built > newest(join(root, 'src')) && built > modifiedAt(join(root, 'package-lock.json'))) return bundle

  const started = new Date()
  const scratch = `${bundle}.${process.pid}.tmp`
  const options = ['--bundle', '--platform=node', '--target=node22', '--format=esm', '--log-level=silent']
  const { status } = spawnSync(join(root, 'node_modules', '.bin', 'esbuild'), [source, ...options, `--outfile=${scratch}`])
  if (status !== 0) {
    rmSync(scratch, { force: true })
    return source
  }
  // as old as what it was made from: a source saved while esbuild ran is newer
  utimesSync(scratch, started, started)
  renameSync(scratch, bundle)
  return bundle
}

/** Of a folder, its folders and files. */
function newest(folder) {
  let latest = modifiedAt(folder)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : modifiedAt(path))
  }
  return latest
}

/** Milliseconds since 1970; -1 if there is no such file. */
function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1
}

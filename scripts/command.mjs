/**
 * The terminal command in one file: Node reads that in a fifth of the time that its TypeScript sources
 * take, and most tasks are short. Plain JavaScript, as the bootstrap that asks for it.
 * @module
 */
import { readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Bundles `src/cli/main.ts` by esbuild, which comes with wrangler, unless that was done after the last
 * change of the sources.
 * @param {string} root - of the checkout.
 * @returns {Promise<string>} the script for Node 22: the bundle, or the source itself where there is no
 *   esbuild or it fails.
 */
export async function commandScript(root) {
  const source = join(root, 'src', 'cli', 'main.ts')
  const bundle = join(process.env['ASSAY_HOME'] ?? join(root, '.assay'), 'cli', 'assay.mjs')
  const built = modifiedAt(bundle)
  const others = [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)]
  if (built > newest(join(root, 'src')) && others.every((path) => built > modifiedAt(path))) return bundle

  const started = new Date()
  const scratch = `${bundle}.${process.pid}.tmp`
  try {
    await bundleCommand(root, scratch, unbundledModels)
  } catch {
    rmSync(scratch, { force: true })
    return source
  }
  // As old as its sources were when esbuild started: a source saved while it ran is newer.
  utimesSync(scratch, started, started)
  renameSync(scratch, bundle)
  return bundle
}

/**
 * Bundles `src/cli/main.ts`.
 * @param {string} root - of the checkout.
 * @param {string} outfile
 * @param {object} plugin - decides about `assay models`, which a bundle cannot hold.
 */
export async function bundleCommand(root, outfile, plugin) {
  await createRequire(join(root, 'package.json'))('esbuild').build({
    entryPoints: [join(root, 'src', 'cli', 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Packages in CommonJS call require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
    plugins: [plugin],
  })
}

/** `assay models` runs models in threads that load their own sources, so it runs from its sources. */
const unbundledModels = {
  name: 'unbundled-models',
  setup(build) {
    build.onResolve({ filter: /\/models\/run-models\.ts$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(join(resolveDir, path)).href,
      external: true,
    }))
  },
}

/** When anything in a folder was last changed. */
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

/**
 * `npm run pack`: the terminal command as a package that runs without this repository, on any Node ≥ 20.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { bundleCommand } from './command.mjs'
import { ROOT } from './paths.ts'

const NAME = 'assay-cli'

/**
 * Differences outside a checkout: `assay models` loads sources of this repository, so the package refuses
 * it, and examples of the help call the package's own command.
 */
const outsideACheckout = {
  name: 'outside-a-checkout',
  setup(build: {
    onResolve(filter: { filter: RegExp }, resolve: () => { path: string; namespace: string }): void
    onLoad(filter: { filter: RegExp; namespace: string }, load: () => { contents: string }): void
  }) {
    build.onResolve({ filter: /\/models\/run-models\.ts$/ }, () => ({ path: 'run-models', namespace: 'refusal' }))
    build.onLoad({ filter: /.*/, namespace: 'refusal' }, () => ({
      contents: `export async function runModels(_argv, io) {
        io.stderr('assay: models needs a checkout of Assay: it runs models with its sources; npm run -s assay -- models\\n')
        return 2
      }`,
    }))
    build.onResolve({ filter: /^\.\.\/example\.ts$/ }, () => ({ path: 'example', namespace: 'package' }))
    build.onLoad({ filter: /.*/, namespace: 'package' }, () => ({ contents: "export const EXAMPLE = 'assay'" }))
  },
}

/**
 * Writes `<folder>/assay-cli-<version>.tgz`.
 * @returns its path
 */
export async function packCommand(folder: string): Promise<string> {
  const { version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, string>
  const staged = join(folder, NAME)
  rmSync(staged, { recursive: true, force: true })
  mkdirSync(staged, { recursive: true })
  const script = join(staged, 'assay.mjs')
  await bundleCommand(ROOT, script, outsideACheckout)
  writeFileSync(script, `#!/usr/bin/env node\n${readFileSync(script, 'utf8')}`, { mode: 0o755 })
  const manifest = {
    name: NAME,
    version,
    description: 'Terminal client of Assay: evaluations, comparisons and official metrics of image+text models',
    license,
    type: 'module',
    bin: { assay: 'assay.mjs' },
    files: ['assay.mjs', 'README.md'],
    engines: { node: '>=20' },
  }
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  writeFileSync(
    join(staged, 'README.md'),
    readFileSync(join(ROOT, 'docs', 'terminal.md'), 'utf8').replaceAll(/\]\([^)]*\)/g, ']'),
  )
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: staged, encoding: 'utf8' })
  if (packed.status !== 0) throw new Error(`npm pack failed: ${packed.stderr}`)
  rmSync(staged, { recursive: true })
  return join(folder, packed.stdout.trim())
}

if (import.meta.main) {
  const folder = join(process.env['ASSAY_HOME'] ?? join(ROOT, '.assay'), 'package')
  mkdirSync(folder, { recursive: true })
  process.stdout.write(`${await packCommand(folder)}\n`)
}

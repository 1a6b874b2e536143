/**
 * `assay models`, started by `scripts/bootstrap.mjs`.
 * @module
 */
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { runModels } from './run-models.ts'

process.exitCode = await runModels(process.argv.slice(2), {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  // Where `npm start` keeps its state, see `scripts/paths.ts`.
  work: process.env['ASSAY_HOME'] ?? fileURLToPath(new URL('../../../.assay', import.meta.url)),
  environment: process.env,
})

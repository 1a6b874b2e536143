/**
 * Property tests draw the same cases in every run, so that a failure is reproducible; `FAST_CHECK_SEED`
 * explores others.
 * @module
 */
import fc from 'fast-check'
import process from 'node:process'

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20261124) })

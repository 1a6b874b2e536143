/**
 * The `assay` command.
 * @module
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { CLIENT_COMMANDS } from './client/commands.ts'
import type { ClientIo } from './client/command.ts'
import { dispatch, type Group } from './dispatch.ts'
import { runMetrics } from './metrics/run-metrics.ts'
import type { TerminalIo } from './metrics/task.ts'
import type { ModelsTerminal } from './models/run-models.ts'

type Terminal = TerminalIo & ModelsTerminal & ClientIo

const ASSAY: Group<Terminal> = {
  noun: 'verb',
  commands: {
    ...CLIENT_COMMANDS,
    metrics: { about: 'official metrics of files on this machine', dispatch: runMetrics },
    models: {
      about: 'add a CLIP or SigLIP of your own to a running Assay',
      // Loaded on demand: it needs an ONNX Runtime, other commands do not.
      dispatch: async (argv, terminal) => (await import('./models/run-models.ts')).runModels(argv, terminal),
    },
  },
}

const io: Terminal = {
  readFile: (path) => readFile(path, 'utf8'),
  openFile: (path) => createReadStream(path, { highWaterMark: 2 ** 20 }),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  environment: process.env,
}

// A reader that stops early, such as `head`, is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

process.exitCode = await dispatch('assay', ASSAY, process.argv.slice(2), io)

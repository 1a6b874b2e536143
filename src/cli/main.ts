/**
 * The `assay` command: a table of verbs.
 * @module
 */
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { runMetrics } from './metrics/run-metrics.ts'
import { isHelp, type TerminalIo } from './metrics/task.ts'

const VERBS: Readonly<
  Record<string, { readonly about: string; readonly run: (argv: readonly string[], io: TerminalIo) => Promise<number> }>
> = {
  metrics: { about: 'official metrics of files on this machine', run: runMetrics },
  models: {
    about: 'bring a CLIP or SigLIP of your own',
    run: async (_, { stderr }) => {
      // `npm run assay` starts it itself: it loads an ONNX Runtime, which this file does not carry.
      stderr('assay: start it by "npm run -s assay -- models …", or run src/cli/models/main.ts\n')
      return 2
    },
  },
}

const io: TerminalIo = {
  readFile: (path) => readFile(path, 'utf8'),
  openFile: (path) => createReadStream(path, { highWaterMark: 2 ** 20 }),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
}

// a reader that stops early, as `head` does, is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

const [verb, ...rest] = process.argv.slice(2)
const command = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined
if (command === undefined) {
  const verbs = Object.entries(VERBS).map(([name, { about }]) => `  assay ${name}  ${about}`)
  const isKnown = verb === undefined || isHelp(verb)
  io.stderr(`${isKnown ? '' : `assay: unknown verb ${JSON.stringify(verb)}\n`}usage:\n${verbs.join('\n')}\n`)
  process.exitCode = isHelp(verb) ? 0 : 2
} else process.exitCode = await command.run(rest, io)

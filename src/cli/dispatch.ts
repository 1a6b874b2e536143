/**
 * Dispatcher of the terminal command: a tree of commands, with help at every level.
 * @module
 */
import { UsageError } from './arguments.ts'
import { ServerError } from './connection.ts'

/** Output of every command: results, and help if asked for, on stdout; messages for people on stderr. */
export interface Output {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** A command that can be run. */
export interface Leaf<Io extends Output> {
  /** Command line without `assay`, for the help text. */
  readonly usage: string
  /** Complete command lines that work, for the help text. */
  readonly examples: readonly string[]
  /** @returns the exit status. @throws {UsageError} for status 2, {@link ServerError} for 3, and one line. */
  readonly run: (argv: readonly string[], io: Io) => Promise<number>
}

/** A command with subcommands. */
export interface Group<Io extends Output> {
  /** Noun for its commands in messages: `task`, `verb`. */
  readonly noun: string
  readonly commands: Readonly<Record<string, Leaf<Io> | Branch<Io>>>
}

/** A group that is loaded on demand and dispatches its own arguments. */
export interface Branch<Io extends Output> {
  /** One line for the help text. */
  readonly about: string
  readonly dispatch: (argv: readonly string[], io: Io) => Promise<number>
}

/**
 * Runs the command that the arguments name.
 * @param name - the words so far, such as `assay metrics`
 * @returns the exit status: 0 also for help, 2 for bad usage or bad input, 3 for a refusal of the server,
 *   otherwise the command's own
 */
export async function dispatch<Io extends Output>(
  name: string,
  { noun, commands }: Group<Io>,
  [word, ...rest]: readonly string[],
  io: Io,
): Promise<number> {
  if (word !== undefined && Object.hasOwn(commands, word)) {
    const command = commands[word]!
    return 'run' in command ? runLeaf(command, rest, io) : command.dispatch(rest, io)
  }
  if (word === undefined) {
    io.stderr(`${groupHelp(name, commands)}\n`)
    return 2
  }
  if (isHelp(word) || word === 'help') {
    io.stdout(`${groupHelp(name, commands)}\n`)
    return 0
  }
  io.stderr(`assay: unknown ${noun} ${JSON.stringify(word)}; ${noun}s: ${Object.keys(commands).join(', ')}\n`)
  return 2
}

async function runLeaf<Io extends Output>(leaf: Leaf<Io>, argv: readonly string[], io: Io): Promise<number> {
  if (argv.some(isHelp)) {
    io.stdout(['usage:', `  assay ${leaf.usage}`, 'examples:', ...leaf.examples.map((line) => `  ${line}`), ''].join('\n'))
    return 0
  }
  try {
    return await leaf.run(argv, io)
  } catch (error) {
    const status = error instanceof UsageError ? 2 : error instanceof ServerError ? 3 : null
    if (status === null) throw error
    io.stderr(`assay: ${oneLine((error as Error).message)}\n`)
    if (error instanceof ServerError) for (const each of error.errors) io.stderr(`  ${oneLine(each)}\n`)
    return status
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

function groupHelp<Io extends Output>(name: string, commands: Group<Io>['commands']): string {
  const lines = Object.entries(commands).map(([word, command]) =>
    'run' in command ? `  assay ${command.usage}` : `  ${name} ${word.padEnd(8)} ${command.about}`,
  )
  return ['usage:', ...lines, `${name} … --help shows examples of one command`].join('\n')
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
}

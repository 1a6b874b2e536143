/**
 * The one dispatcher of the terminal command: a tree of commands, with help at every level.
 * @module
 */
import { UsageError } from './arguments.ts'

/** Where every command writes: results on stdout, words for people on stderr. */
export interface Output {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** A command that does something. */
export interface Leaf<Io extends Output> {
  /** Command line without `assay`, for the help text. */
  readonly usage: string
  /** Whole command lines that work, for the help text. */
  readonly examples: readonly string[]
  /** @returns the exit status. @throws {UsageError} for status 2 and one line. */
  readonly run: (argv: readonly string[], io: Io) => Promise<number>
}

/** A command that only leads to others. */
export interface Group<Io extends Output> {
  /** One line for the help text of the group above. */
  readonly about: string
  /** The kind of word that names its commands, for messages: `task`, `verb`. */
  readonly noun: string
  /** Loaded when asked for: some commands take long to load. */
  readonly commands: () => Promise<Readonly<Record<string, Command<Io>>>>
}

export type Command<Io extends Output> = Leaf<Io> | Group<Io>

/**
 * Runs the command that the arguments name.
 * @param name - the words so far, such as `assay metrics`.
 * @returns the exit status: 0 also for help, 2 for bad usage or bad input, otherwise the command's own.
 */
export async function dispatch<Io extends Output>(
  name: string,
  command: Command<Io>,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  if ('run' in command) return runLeaf(command, argv, io)
  const commands = await command.commands()
  const [word, ...rest] = argv
  if (word !== undefined && Object.hasOwn(commands, word)) return dispatch(`${name} ${word}`, commands[word]!, rest, io)
  if (word === undefined || isHelp(word) || word === 'help') {
    io.stderr(`${groupHelp(name, commands)}\n`)
    return word === undefined ? 2 : 0
  }
  const known = Object.keys(commands).join(', ')
  io.stderr(`assay: unknown ${command.noun} ${JSON.stringify(word)}; ${command.noun}s: ${known}\n`)
  return 2
}

async function runLeaf<Io extends Output>(leaf: Leaf<Io>, argv: readonly string[], io: Io): Promise<number> {
  if (argv.some(isHelp)) {
    const examples = leaf.examples.map((line) => `  ${line}`)
    io.stderr([`usage:\n  assay ${leaf.usage}`, 'examples:', ...examples, ''].join('\n'))
    return 0
  }
  try {
    return await leaf.run(argv, io)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    io.stderr(`assay: ${oneLine(error.message)}\n`)
    return 2
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

function groupHelp<Io extends Output>(name: string, commands: Readonly<Record<string, Command<Io>>>): string {
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

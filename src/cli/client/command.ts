/**
 * Shape of the commands that talk to a running Assay.
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Arguments, readArguments, UsageError } from '../arguments.ts'
import { connect, type Connection } from '../connection.ts'
import type { Leaf, Output } from '../dispatch.ts'

export interface ClientIo extends Output {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folder of `npm start`, with its address and key; outside a checkout a folder of the user. */
  readonly work?: string
}

export interface ClientCall {
  readonly io: ClientIo
  readonly server: Connection
  readonly positionals: readonly string[]
  /** Whether the answer is wanted as JSON. */
  readonly json: boolean
  option(name: string): string | undefined
  flag(name: string): boolean
  /** An option that is a whole number. @throws {UsageError} */
  wholeNumber(name: string): number | undefined
  /** An option that is a number. @throws {UsageError} */
  number(name: string): number | undefined
}

export interface ClientCommand {
  /** Without `assay` and without the options of every command. */
  readonly usage: string
  readonly examples: readonly string[]
  readonly options?: readonly string[]
  readonly flags?: readonly string[]
  /** Number of positional arguments: least and most. */
  readonly positionals: readonly [least: number, most: number]
  /** @returns the exit status */
  readonly run: (call: ClientCall) => Promise<number>
}

/** Adds `--server`, `--key` and `--json` to a command. */
export function clientLeaf({
  usage,
  examples,
  options = [],
  flags = [],
  positionals: [least, most],
  run,
}: ClientCommand): Leaf<ClientIo> {
  const line = `${usage} [--json] [--server … --key …]`
  const named = Object.fromEntries([...options, 'server', 'key'].map((name) => [name, false]))
  return {
    usage: line,
    examples,
    async run(argv, io) {
      const given = readArguments({ options: named, flags: [...flags, 'json'], positionals: most }, argv, line)
      if (given.positionals.length < least) throw new UsageError(`an argument is missing; usage: assay ${line}`)
      const work = io.work ?? io.environment['ASSAY_HOME'] ?? join(homedir(), '.assay')
      const server = await connect(
        { server: given.values.get('server'), key: given.values.get('key') },
        { environment: io.environment, work },
      )
      return run(callOf(given, server, io))
    },
  }
}

function callOf({ values, flags, positionals }: Arguments, server: Connection, io: ClientIo): ClientCall {
  const number = (name: string): number | undefined => {
    const value = values.get(name)
    if (value === undefined) return undefined
    if (value.trim() === '' || !Number.isFinite(Number(value))) throw new UsageError(`--${name} must be a number, is ${value}`)
    return Number(value)
  }
  return {
    io,
    server,
    positionals,
    json: flags.has('json'),
    option: (name) => values.get(name),
    flag: (name) => flags.has(name),
    number,
    wholeNumber(name) {
      const value = number(name)
      if (value !== undefined && !Number.isSafeInteger(value))
        throw new UsageError(`--${name} must be a whole number, is ${value}`)
      return value
    },
  }
}

/** Writes an answer: as JSON, or as text for people. */
export function show({ io, json }: Pick<ClientCall, 'io' | 'json'>, answer: unknown, text: () => string): void {
  io.stdout(json ? `${JSON.stringify(answer)}\n` : `${text()}\n`)
}

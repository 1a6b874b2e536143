/**
 * Shape of a task of `assay metrics`, its options and its input files.
 * @module
 */
import { notJson } from '../../contracts/not-json.ts'
import { joined } from '../../contracts/joined-bytes.ts'
import { otherEncoding } from '../../files/file-encoding.ts'
import { UsageError } from '../arguments.ts'
import type { Output } from '../dispatch.ts'

/** Input and output of a task, replaceable in tests. */
export interface TerminalIo extends Output {
  readonly readFile: (path: string) => Promise<string>
  /** For files larger than memory. Without it, files are read whole. */
  readonly openFile?: (path: string) => AsyncIterable<Uint8Array>
}

export interface MetricsTask {
  /** Command line without `assay`, for the help text. */
  readonly usage: string
  /** Complete command lines that work, for the help text. */
  readonly examples: readonly string[]
  /** Options with a value; true if required. */
  readonly options: Readonly<Record<string, boolean>>
  /** Options without a value. */
  readonly flags?: readonly string[]
  /** Returns a value to print as JSON, or a string to print unchanged. */
  run(options: Options, io: TerminalIo): Promise<unknown>
  /** Whether the options ask for exit status 1 after this output, which is printed in any case. */
  fails?(output: unknown, options: Options): boolean
}

/** Parsed arguments of a task. */
export class Options {
  readonly #values: ReadonlyMap<string, string>
  readonly #flags: ReadonlySet<string>

  constructor(values: ReadonlyMap<string, string>, flags: ReadonlySet<string>) {
    this.#values = values
    this.#flags = flags
  }

  /** A required option. */
  get(name: string): string {
    return this.#values.get(name)!
  }

  find(name: string): string | undefined {
    return this.#values.get(name)
  }

  has(flag: string): boolean {
    return this.#flags.has(flag)
  }

  /** @throws {UsageError} unless the value is one of `choices`. */
  choose<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.#values.get(name) ?? fallback
    if (!choices.includes(value as T)) throw new UsageError(`--${name} must be ${choices.join(' or ')}, is ${value}`)
    return value as T
  }

  /** A required option. @throws {UsageError} unless the value is a number above 0. */
  positiveNumber(name: string): number {
    const value = Number(this.get(name))
    if (!(value > 0 && Number.isFinite(value))) throw new UsageError(`--${name} must be a number above 0, is ${this.get(name)}`)
    return value
  }

  /** @throws {UsageError} unless the value is a positive integer. */
  positiveInteger(name: string): number | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`--${name} must be a positive integer, is ${value}`)
    return Number(value)
  }
}

/** @throws {UsageError} if the file cannot be read or is not UTF-8 text */
export async function readText(path: string, io: TerminalIo): Promise<string> {
  const bytes = await readBytes(path, io)
  const other = otherEncoding(bytes)
  if (other !== null) throw new UsageError(`${path} ${other}`)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    throw new UsageError(`${path} is not UTF-8 text`, { cause: error })
  }
}

/** The file's bytes in chunks. @throws {UsageError} if it cannot be read */
export async function* openFile(path: string, io: TerminalIo): AsyncGenerator<Uint8Array> {
  try {
    if (io.openFile === undefined) yield new TextEncoder().encode(await io.readFile(path))
    else yield* io.openFile(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** The file's bytes. @throws {UsageError} if it cannot be read */
export async function readBytes(path: string, io: TerminalIo): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of openFile(path, io)) pieces.push(piece)
  return joined(pieces)
}

/** @throws {UsageError} if the file cannot be read or is not JSON */
export async function readJson(path: string, io: TerminalIo): Promise<unknown> {
  const text = await readText(path, io)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new UsageError(`${path} ${notJson(error)}`, { cause: error })
  }
}

/** Rows of numbers under a key of an embeddings file. @throws {UsageError} naming file and place */
export function vectorsOf(file: unknown, key: string, path: string): number[][] {
  const rows = (file as Record<string, unknown> | null)?.[key]
  if (!Array.isArray(rows)) throw new UsageError(`${path}: /${key} must be an array of vectors`)
  rows.forEach((row, index) => requireVector(row, `/${key}/${index}`, path))
  return rows as number[][]
}

/** @throws {UsageError} unless `row` is a list of finite numbers. */
export function requireVector(row: unknown, pointer: string, path: string): asserts row is number[] {
  if (!Array.isArray(row) || row.length === 0) throw new UsageError(`${path}: ${pointer} must be an array of numbers`)
  const bad = row.findIndex((component) => typeof component !== 'number')
  if (bad >= 0) throw new UsageError(`${path}: ${pointer}/${bad} must be a number`)
}

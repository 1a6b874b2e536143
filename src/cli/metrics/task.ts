/**
 * What a task of `assay metrics` is, and how its arguments are read.
 * @module
 */

/** The outside world, so that tasks run in tests as they do in a terminal. */
export interface TerminalIo {
  readonly readFile: (path: string) => Promise<string>
  /** For files larger than memory; without it they are read whole. */
  readonly openFile?: (path: string) => AsyncIterable<Uint8Array>
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Bad usage or bad input: exit status 2 and one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export interface MetricsTask {
  /** After `assay metrics`, for the help text. */
  readonly usage: string
  /** Options that take a value; true for those that must be given. */
  readonly options: Readonly<Record<string, boolean>>
  /** Options without a value. */
  readonly flags?: readonly string[]
  /** Returns what to print as JSON, or a string to print as it is. */
  run(options: Options, io: TerminalIo): Promise<unknown>
  /** Whether the options ask for exit status 1 after this output, which is printed all the same. */
  fails?(output: unknown, options: Options): boolean
}

/** Whether an argument asks for the help text. */
export function isHelp(argument: string | undefined): boolean {
  return argument === '--help' || argument === '-h' || argument === 'help'
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

  /** @throws {UsageError} unless the value is a positive integer. */
  positiveInteger(name: string): number | undefined {
    const value = this.#values.get(name)
    if (value === undefined) return undefined
    if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`--${name} must be a positive integer, is ${value}`)
    return Number(value)
  }
}

/**
 * Reads `--name value`, `--name=value` and `--flag`.
 * @throws {UsageError} for an unknown, repeated or missing option.
 */
export function parseOptions(task: MetricsTask, argv: readonly string[]): Options {
  const values = new Map<string, string>()
  const flags = new Set<string>()
  const knownFlags = new Set([...(task.flags ?? []), 'json'])
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i]!
    if (!argument.startsWith('--')) throw new UsageError(`unexpected argument ${JSON.stringify(argument)}; usage: ${task.usage}`)
    const equals = argument.indexOf('=')
    const name = argument.slice(2, equals < 0 ? undefined : equals)
    if (knownFlags.has(name) && equals < 0) flags.add(name)
    else if (Object.hasOwn(task.options, name)) {
      const value = equals < 0 ? argv[++i] : argument.slice(equals + 1)
      if (value === undefined || value === '') throw new UsageError(`--${name} needs a value`)
      if (values.has(name)) throw new UsageError(`--${name} is given twice`)
      values.set(name, value)
    } else throw new UsageError(`unknown option --${name}; usage: ${task.usage}`)
  }
  const missing = Object.keys(task.options).filter((name) => task.options[name] === true && !values.has(name))
  if (missing.length > 0) throw new UsageError(`missing ${missing.map((name) => `--${name}`).join(', ')}; usage: ${task.usage}`)
  return new Options(values, flags)
}

/** @throws {UsageError} when the file cannot be read. */
export async function readText(path: string, io: TerminalIo): Promise<string> {
  try {
    return await io.readFile(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** The file's bytes in chunks. @throws {UsageError} when it cannot be read. */
export async function* openFile(path: string, io: TerminalIo): AsyncGenerator<Uint8Array> {
  if (io.openFile === undefined) {
    yield new TextEncoder().encode(await readText(path, io))
    return
  }
  try {
    yield* io.openFile(path)
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error })
  }
}

/** @throws {UsageError} when the file cannot be read or is not JSON. */
export async function readJson(path: string, io: TerminalIo): Promise<unknown> {
  const text = await readText(path, io)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

/** Rows of numbers under a key of an embeddings file. @throws {UsageError} naming file and place. */
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

/**
 * Pictures of a dataset on this machine, checked by their headers as the API checks them.
 * @module
 */
import { open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readImageHeader } from '../../src/media/image-header.ts'

export interface Picture {
  readonly path: string
  readonly bytes: number
  /** Ending of its format, with the dot. */
  readonly ending: string
}

/** A picture, or the reason why there is none. */
export type Found = Picture | string

const ENDINGS: Readonly<Record<string, string>> = { jpeg: '.jpg', png: '.png', webp: '.webp' }
/** Reasons that are listed one by one. */
const LISTED = 5

/** @param names - file names to try below `folder`, in this order */
export async function findPicture(folder: string, names: readonly string[]): Promise<Found> {
  for (const name of names) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found?.isFile()) return checked(path, found.size)
  }
  return `${names[0]} is missing`
}

async function checked(path: string, bytes: number): Promise<Found> {
  try {
    const { format } = readImageHeader(await readFile(path))
    return { path, bytes, ending: ENDINGS[format] ?? `.${format}` }
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Says how many pictures are left out, and why for the first ones. */
export function sayMissing(reasons: readonly string[], all: number, say: (sentence: string) => void): void {
  if (reasons.length === 0) return
  say(`${reasons.length} of ${all} pictures are left out:`)
  for (const reason of reasons.slice(0, LISTED)) say(`  ${reason}`)
  if (reasons.length > LISTED) say(`  and ${reasons.length - LISTED} more`)
}

/** The first line of each JSON file in a folder that is not one of `others`. */
export async function firstLines(folder: string, others: ReadonlySet<string>): Promise<Map<string, string>> {
  const lines = new Map<string, string>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json') || others.has(name)) continue
    const file = await open(join(folder, name))
    const buffer = Buffer.alloc(64 * 1024)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    await file.close()
    lines.set(name, buffer.toString('utf8', 0, bytesRead).split('\n', 1)[0]!)
  }
  return lines
}

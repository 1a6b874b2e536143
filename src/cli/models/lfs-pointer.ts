/**
 * Git LFS pointers: placeholders for large files in a clone, until they are pulled.
 * @module
 */
import { Refusal } from './refusal.ts'

/** First line of a pointer (Git LFS specification, "The Pointer"). */
const HEAD = 'version https://git-lfs.github.com/spec/'

/** @throws {Refusal} if the content is a pointer instead of the file */
export function refusePointer(file: string, content: Uint8Array | string): void {
  const head = typeof content === 'string' ? content.slice(0, 200) : new TextDecoder().decode(content.subarray(0, 200))
  if (!head.startsWith(HEAD)) return
  const size = /^size (\d+)$/m.exec(head)?.[1]
  throw new Refusal(
    `${file} is a Git LFS pointer${size === undefined ? '' : ` to ${size} bytes`}, not the file itself: run "git lfs pull" in that folder, or give the repository's address`,
  )
}

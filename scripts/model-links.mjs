/**
 * Links of `public/models/` to the files of `models/`, made again where they became text. Git without
 * symbolic links, an archive or a patch turns a link into a file that holds its target.
 * @module
 */
import { copyFileSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'

/** Bytes of the longest text that is taken for a link's target. */
const LONGEST_TARGET = 200

/** Returns the paths that were mended, relative to `public/models/`. */
export function restoreModelLinks(root) {
  const assets = join(root, 'public', 'models')
  const models = join(root, 'models') + sep
  if (!existsSync(assets)) return []
  return readdirSync(assets, { recursive: true }).filter((name) => {
    const path = join(assets, name)
    const entry = lstatSync(path)
    if (!entry.isFile() || entry.size > LONGEST_TARGET) return false
    const target = readFileSync(path, 'utf8').trim()
    const file = resolve(dirname(path), target)
    if (!file.startsWith(models) || !existsSync(file)) return false
    rmSync(path)
    try {
      symlinkSync(target, path)
    } catch {
      // A file system without links: the bytes serve as well.
      copyFileSync(file, path)
    }
    return true
  })
}

/**
 * Everything that a build of the Worker depends on, as one digest.
 * @module
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Files in the root. The lockfile stands for the packages, as `npm ci` leaves them. */
const FILES = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.ts'] as const
const FOLDERS = ['src', 'models'] as const
/** Static assets, which no build holds. */
const ASSETS = /\.onnx$/

/**
 * @param config - file with wrangler's configuration
 * @param args - further arguments of the build
 * @returns SHA-256 in hexadecimal, of names and contents
 */
export async function buildInputs(root: string, config: string, args: readonly string[]): Promise<string> {
  const found = await Promise.all(
    FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true, withFileTypes: true }))
        .filter((entry) => !entry.isDirectory() && !ASSETS.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name)),
    ),
  )
  const paths = [...FILES.map((file) => join(root, file)), config, ...found.flat().toSorted()]
  const contents = await Promise.all(paths.map((path) => readFile(path)))
  const hash = createHash('sha256').update(JSON.stringify([root, config, args]))
  contents.forEach((content, index) => hash.update(JSON.stringify([paths[index], content.length])).update(content))
  return hash.digest('hex')
}

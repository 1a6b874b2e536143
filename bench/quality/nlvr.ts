/**
 * Folders of NLVR v1 (Suhr et al., ACL 2017): JSON Lines of statements, and pictures by identifier.
 *
 * Place for the evaluation of models that answer statements: it is to give `{accuracy, consistency, n}` over
 * all pictures.
 * @module
 */
import type { DatasetKind } from './dataset-kind.ts'
import { firstLines } from './pictures.ts'

const OTHER_KINDS = new Set(['dataset.json', 'labels.json', 'names.json'])
const MEMBERS = ['sentence', 'label', 'identifier', 'directory'] as const

export const nlvr: DatasetKind = {
  columns: ['n', 'accuracy', 'consistency', 'report'],
  async recognises(folder, files) {
    return files.has('images') && [...(await firstLines(folder, OTHER_KINDS)).values()].some(isStatement)
  },
  async evaluate({ model }) {
    throw new Error(`${model} does not answer statements, so NLVR cannot be evaluated with it`)
  },
}

function isStatement(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && MEMBERS.every((member) => member in value)
  } catch {
    return false
  }
}

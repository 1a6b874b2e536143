/**
 * Makes `kinds.json` and `code-points.json`: lines written for this through the PTBTokenizer of Stanford CoreNLP 3.4.1, whose jar is part
 * of pycocoevalcap 1.2.
 *
 *     ASSAY_PYCOCOEVALCAP_PYTHON=… node test/golden/ptb-tokenizer/generate.ts
 *
 * `kinds.json`: for each kind of rule small texts, an array of captions each, with the jar's lines. `code-points.json`: SHA-256 of the
 * jar's lines for every code unit of the basic plane in each of many contexts, by block.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findJava, findPython, packageFolder } from '../../../bench/conformance/official-programs.ts'
import { officialLines } from '../../../bench/conformance/ptb-tokenizer.ts'
import { BLOCK, CONTEXTS, digestOfBlocks, linesOfContext } from './code-points.ts'
import { KINDS } from './kinds.ts'

const folder = mkdtempSync(join(tmpdir(), 'ptb-golden-'))
const python = findPython(console.error)
const context = { folder, java: findJava, pycocoevalcap: async () => packageFolder(python) }
const java = spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr.split('\n')[0]!
const made = `stanford-corenlp-3.4.1.jar of pycocoevalcap 1.2, PTBTokenizer -preserveLines -lowerCase, ${java}; generate.ts beside`
try {
  const texts = KINDS.flatMap(({ texts: own }) => own)
  const official = await officialLines(texts, context)
  let at = 0
  const kinds = KINDS.map(({ kind, rule, texts: own }) => ({
    kind,
    rule,
    texts: own.map((captions) => ({ captions, tokens: official[at++]! })),
  }))
  write('kinds.json', { made, kinds })

  const blocks: Record<string, string[]> = {}
  for (const name of CONTEXTS) {
    const [lines] = await officialLines([linesOfContext(name)], context)
    blocks[name] = digestOfBlocks(lines!)
  }
  write('code-points.json', { made, block: BLOCK, contexts: blocks })
} finally {
  rmSync(folder, { recursive: true })
}

function write(name: string, value: unknown): void {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, undefined, 1)}\n`)
}

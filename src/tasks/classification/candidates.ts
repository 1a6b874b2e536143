/**
 * The labels of a dataset: read from a file that names them, or gathered from the items.
 * @module
 */
import { escapePointer } from '../../contracts/json-pointer.ts'
import type { Candidate } from '../../contracts/item.ts'
import { MOST_LABEL_CHARACTERS, MOST_TEMPLATES } from '../../contracts/label-prompts.ts'
import { isRecord } from '../../files/json.ts'
import { Problems } from '../../files/problems.ts'

/** Most labels of a dataset. They are stored in one row, and a run asks about all of them. */
const MOST_LABELS = 10_000

/** Most UTF-16 code units of all labels and their texts. */
const MOST_CHARACTERS = 2 ** 18

/** The labels met so far, in a file's state. */
export interface GatheredLabels {
  /** Those of the file `names`. */
  candidates?: readonly Candidate[]
  /** Labels of items, each once, if there is no such file. */
  labels?: string[]
}

/**
 * Reads `names`: a list of labels, or an object from each label to a text or texts that describe it. Labels
 * that are numbers become texts.
 * @example
 * readNames(['cat', 'dog'], problems)
 * readNames({ n02123045: ['a photo of a tabby', 'a tabby cat'] }, problems)
 */
export function readNames(value: unknown, problems: Problems): Candidate[] {
  if (Array.isArray(value)) {
    const labels = value.flatMap((entry, index) => labelOf(entry, `/${index}`, problems) ?? [])
    noteRepeats(labels, problems)
    return within(
      labels.map((label) => ({ label })),
      problems,
    )
  }
  if (!isRecord(value)) {
    problems.note('', 'must be a list of labels, or an object from each label to a text or texts that describe it')
    return []
  }
  const described = Object.entries(value).flatMap(([label, texts]) => {
    const pointer = `/${escapePointer(label)}`
    const prompts = promptsAt(texts, pointer, problems)
    return labelOf(label, pointer, problems) === undefined ? [] : { label, prompts }
  })
  return within(described, problems)
}

function promptsAt(texts: unknown, pointer: string, problems: Problems): string[] {
  if (!Array.isArray(texts)) return [labelOf(texts, pointer, problems) ?? '']
  if (texts.length === 0) problems.note(pointer, 'is empty; give a text that describes the label')
  if (texts.length > MOST_TEMPLATES) problems.note(pointer, `must have at most ${MOST_TEMPLATES} texts, has ${texts.length}`)
  const prompts = texts.map((text, index) => labelOf(text, `${pointer}/${index}`, problems) ?? '')
  return [...new Set(prompts)]
}

/** A label, or a text that describes one. @returns undefined after recording a problem */
export function labelOf(value: unknown, pointer: string, problems: Problems): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  const label = problems.string(value, pointer)
  if (label === undefined) return undefined
  const fault =
    label.trim() === ''
      ? 'must not be empty'
      : label.length > MOST_LABEL_CHARACTERS
        ? `must have at most ${MOST_LABEL_CHARACTERS} characters, has ${label.length}`
        : undefined
  if (fault === undefined) return label
  problems.note(pointer, fault)
  return undefined
}

function noteRepeats(labels: readonly string[], problems: Problems): void {
  const firsts = new Map<string, number>()
  for (const [index, label] of labels.entries()) {
    const first = firsts.get(label)
    if (first === undefined) firsts.set(label, index)
    else problems.note(`/${index}`, `${JSON.stringify(label)} was already used by /${first}`)
  }
}

const checks = new WeakMap<object, LabelCheck>()

/** The check of a reading, made once. @param gathered - the file's state, to which labels are added */
export function labelCheckOf(gathered: GatheredLabels): LabelCheck {
  const check = checks.get(gathered) ?? new LabelCheck(gathered)
  checks.set(gathered, check)
  return check
}

/** Counts the label of an item, and refuses one that `names` lacks. */
class LabelCheck {
  readonly #gathered: GatheredLabels
  readonly #known: Set<string>
  readonly #named: boolean

  constructor(gathered: GatheredLabels) {
    this.#gathered = gathered
    this.#named = gathered.candidates !== undefined
    this.#known = new Set(gathered.candidates?.map(({ label }) => label) ?? gathered.labels)
  }

  meet(label: string, pointer: string, problems: Problems): void {
    if (this.#known.has(label)) return
    if (this.#named) return problems.note(pointer, `is ${JSON.stringify(label)}, which the file names lacks`)
    this.#known.add(label)
    ;(this.#gathered.labels ??= []).push(label)
    if (this.#known.size === MOST_LABELS + 1) problems.note(pointer, tooMany(this.#known.size))
  }
}

const tooMany = (count: number): string => `is label number ${count}; a dataset may have ${MOST_LABELS}`

/**
 * The labels of a dataset. Those of the file `names` were checked when it was read.
 * @throws {Fault} `unprocessable` for fewer than two labels of items, or more than can be stored
 */
export function candidatesOf({ candidates, labels = [] }: GatheredLabels): readonly Candidate[] {
  if (candidates !== undefined) return candidates
  const problems = new Problems('items')
  const found = within(
    labels.toSorted().map((label) => ({ label })),
    problems,
  )
  problems.throwIfAny()
  return found
}

/** Notes labels that are too few, or more than can be stored, as a problem of the whole file. */
function within(found: readonly Candidate[], problems: Problems): Candidate[] {
  if (found.length < 2) problems.note('', `has ${found.length} labels, and at least two are needed to tell apart`)
  if (found.length > MOST_LABELS) problems.note('', `has ${found.length} labels; a dataset may have ${MOST_LABELS}`)
  const characters = found
    .flatMap(({ label, prompts = [] }: Candidate) => [label, ...prompts])
    .reduce((sum, { length }) => sum + length, 0)
  if (characters > MOST_CHARACTERS)
    problems.note(
      '',
      `its labels and texts have ${characters} characters; a dataset may have ${MOST_CHARACTERS}. Give texts as templates of the run`,
    )
  return [...found]
}

/**
 * Flickr8k captions and its two sets of human judgements (Hodosh et al., JAIR 2013), in the layout of the
 * official text files.
 * @module
 */
import { Problems } from '../../../files/problems.ts'

export interface Flickr8kCaptions {
  /** Caption text by `file.jpg#2`. */
  readonly byId: ReadonlyMap<string, string>
  /** Caption texts by `file.jpg`, in file order. */
  readonly byImage: ReadonlyMap<string, readonly string[]>
}

/**
 * Reads `Flickr8k.token.txt`: `file.jpg#0<TAB>caption` per line.
 * @throws {Fault} `unprocessable`
 */
export function readFlickr8kCaptions(text: string): Flickr8kCaptions {
  const problems = new Problems('captions')
  const byId = new Map<string, string>()
  const byImage = new Map<string, string[]>()
  tabbed(text, 2, problems).forEach(([id, caption], index) => {
    const hash = id!.lastIndexOf('#')
    if (hash <= 0) problems.note(`/${index}`, `line ${index + 1}: ${JSON.stringify(id)} is not of the form file.jpg#number`)
    else if (byId.has(id!)) problems.note(`/${index}`, `line ${index + 1}: ${id} appears twice`)
    else if (problems.isShort(caption!, `/${index}`)) {
      byId.set(id!, caption!)
      const image = id!.slice(0, hash)
      const captions = byImage.get(image)
      if (captions === undefined) byImage.set(image, [caption!])
      else captions.push(caption!)
    }
  })
  problems.throwIfAny()
  return { byId, byImage }
}

/** A caption of one image, judged as a caption of another. */
export interface Flickr8kJudgement {
  readonly image: string
  readonly captionId: string
  /** Expert: three scores from 1 to 4. CrowdFlower: only the share of yes. */
  readonly scores: readonly number[]
}

/**
 * Reads `ExpertAnnotations.txt`: image, caption id and three scores per line, separated by tabs.
 * @throws {Fault} `unprocessable`
 */
export function readExpertAnnotations(text: string): Flickr8kJudgement[] {
  return readJudgements(text, [2, 3, 4])
}

/**
 * Reads `CrowdFlowerAnnotations.txt`: image, caption id, share of yes, yes count and no count per line.
 * @throws {Fault} `unprocessable`
 */
export function readCrowdFlowerAnnotations(text: string): Flickr8kJudgement[] {
  return readJudgements(text, [2])
}

/**
 * Identifies the kind of judgements. Both files have five columns, but only experts give three scores from 1
 * to 4, and only the crowd's third column is its fourth over the sum of the fourth and fifth.
 */
export function judgementKind(text: string): 'expert' | 'crowdflower' {
  const rows = text
    .split('\n', 50)
    .map((line) => line.trim().split('\t').slice(2).map(Number))
    .filter((row) => row.length === 3)
  const isExpert = rows.length > 0 && rows.every((row) => row.every((score) => [1, 2, 3, 4].includes(score)))
  return isExpert ? 'expert' : 'crowdflower'
}

function readJudgements(text: string, columns: readonly number[]): Flickr8kJudgement[] {
  const problems = new Problems('judgements')
  const judgements = tabbed(text, 5, problems).map((cells, index): Flickr8kJudgement => {
    const scores = columns.map((column) => {
      const score = cells[column]!.trim() === '' ? NaN : Number(cells[column])
      if (!Number.isFinite(score)) problems.note(`/${index}`, `line ${index + 1}: column ${column + 1} is not a number`)
      return score
    })
    return { image: cells[0]!, captionId: cells[1]!, scores }
  })
  if (judgements.length === 0) problems.note('', 'holds no judgement')
  problems.throwIfAny()
  return judgements
}

function tabbed(text: string, width: number, problems: Problems): string[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.flatMap((line, index) => {
    const cells = line.split('\t')
    if (cells.length === width) return [cells]
    problems.note(`/${index}`, `line ${index + 1} must have ${width} columns separated by tabs, has ${cells.length}`)
    return []
  })
}

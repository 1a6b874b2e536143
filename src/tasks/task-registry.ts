/**
 * Tasks and formats by name.
 * @module
 */
import type { TaskId } from '../contracts/item.ts'
import { itemsCsv } from './formats/items-csv.ts'
import { itemsJsonl } from './formats/items-jsonl.ts'
import type { Format, SourceFacts, Stratum } from './format.ts'
import type { Task } from './task.ts'

export interface TaskRegistry {
  readonly tasks: readonly Task[]
  /** The formats for imports, by name. */
  readonly formats: ReadonlyMap<string, Format>
  /** @throws {Error} for an unknown name, which comes from stored state */
  task(this: void, id: TaskId): Task
  /** @throws {Error} for an unknown name, which comes from stored state */
  format(this: void, name: string): Format
  /** The task of a version's items. */
  taskOfSource(this: void, format: Format, source: SourceFacts): Task
  /** The breakdowns of a version, in the order of its items' labels. */
  strataOfSource(this: void, format: Format, source: SourceFacts): readonly Stratum[]
  /** Whether files of a format are useful without pictures. Only those can be imported by reference. */
  goesWithoutPictures(this: void, format: Format): boolean
}

/** @param tasks - in the order in which failures list them */
export function createTaskRegistry(tasks: readonly Task[]): TaskRegistry {
  const byId = new Map(tasks.map((each) => [each.id, each]))
  const withLines = tasks.flatMap(({ id, needsPictures, ownLines }) =>
    ownLines === null ? [] : [{ id, needsPictures, ownLines }],
  )
  const formats = new Map<string, Format>(tasks.flatMap((each) => Object.entries(each.formats)))
  formats.set('items-jsonl', itemsJsonl(withLines))
  formats.set('items-csv', itemsCsv(withLines))

  const task = (id: TaskId): Task => {
    const found = byId.get(id)
    if (found === undefined) throw new Error(`no task ${id}`)
    return found
  }
  const taskOfSource = (format: Format, source: SourceFacts): Task => task(format.task ?? source['task']!)
  return {
    tasks,
    formats,
    task,
    format(name) {
      const found = formats.get(name)
      if (found === undefined) throw new Error(`no format ${name}`)
      return found
    },
    taskOfSource,
    strataOfSource: (format, source) => format.strata ?? taskOfSource(format, source).ownLines?.strata ?? [],
    goesWithoutPictures: (format) => format.task === null || !task(format.task).needsPictures,
  }
}

/**
 * Places of failures. Code that checks a part names places within that part; its caller adds the place of the
 * part.
 * @module
 */
import { type Failure, Fault, type FieldError } from './failure.ts'

/**
 * Runs `work` on the part of a request at `pointer`, and prefixes `pointer` to the places of a {@link Fault}:
 * in its list of errors, and in its sentence if that names the first of them. A failure with a single place
 * gets `pointer` if it has none yet.
 *
 * @example
 * at('/run', () => check(runCreate, body.run)) // '/seed: is missing' becomes '/run/seed: is missing'
 * @example
 * await at('/image/id', () => images.find(tenant, id)) // the 404 names the field with the id
 * @example
 * at('/file_id', () => read(text), { document: 'results file' }) // '/file_id: results file, /3: is not JSON'
 *
 * @param pointer - a JSON pointer, or the name of a form field; `annotations#` is the file in that field
 * @param document - name of the file or picture that `pointer` refers to. Places within it go into the
 *   sentence, since they are not pointers into the request.
 * @returns the result of `work`; a promise rejects with the moved failure
 */
export function at<T>(pointer: string, work: () => T, { document }: { readonly document?: string } = {}): T {
  const rethrow = (error: unknown): never => {
    if (!(error instanceof Fault)) throw error
    throw new Fault(move(error.failure, pointer, document), { cause: error })
  }
  try {
    const result = work()
    return result instanceof Promise ? (result.catch(rethrow) as T) : result
  } catch (error) {
    return rethrow(error)
  }
}

/**
 * Runs `work`, whose failures name places of one form of a request, and names those of another form instead.
 * @param places - the longest of those that a place begins with is replaced, as a whole
 * @example
 * relocate({ '/data_source/subject': '/data_source/model' }, () => resolve(reference))
 */
export async function relocate<T>(places: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const names = Object.keys(places).toSorted((a, b) => b.length - a.length)
  const placeOf = (pointer: string) => {
    const name = names.find((each) => pointer === each || pointer.startsWith(`${each}/`))
    return name === undefined ? pointer : places[name]!
  }
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { failure } = error
    if (failure.kind === 'invalid' || failure.kind === 'unprocessable') {
      const errors = failure.errors.map(({ pointer, detail }) => ({ pointer: placeOf(pointer), detail }))
      throw new Fault(
        { ...failure, errors, detail: moveSentence(failure.detail, failure.errors[0], errors[0]) },
        { cause: error },
      )
    }
    if ('pointer' in failure && failure.pointer !== undefined)
      throw new Fault({ ...failure, pointer: placeOf(failure.pointer) }, { cause: error })
    throw error
  }
}

function move(failure: Failure, pointer: string, document: string | undefined): Failure {
  const named = (text: string) => (document === undefined ? text : `${document}: ${text}`)
  const place = (within: string | undefined) => (document === undefined ? join(pointer, within ?? '') : pointer)
  switch (failure.kind) {
    case 'invalid':
    case 'unprocessable': {
      const errors = failure.errors.map((error) => moveError(error, pointer, document))
      return { ...failure, errors, detail: moveSentence(failure.detail, failure.errors[0], errors[0]) }
    }
    case 'not_found':
      return { ...failure, pointer: place(failure.pointer) }
    case 'too_large':
      return { ...failure, what: named(failure.what), pointer: place(failure.pointer) }
    case 'conflict':
    case 'unsupported_media':
    case 'bad_image':
      return { ...failure, detail: named(failure.detail), pointer: place(failure.pointer) }
    default:
      return failure
  }
}

function moveError({ pointer: within, detail }: FieldError, pointer: string, document: string | undefined): FieldError {
  if (document === undefined) return { pointer: join(pointer, within), detail }
  return { pointer, detail: `${document}${within === '' ? '' : `, ${within}`}: ${detail}` }
}

/** A place within a form field follows a `#`; within JSON, pointers are concatenated. */
function join(pointer: string, within: string): string {
  const separator = within === '' || pointer === '' || /^\/|#$/.test(pointer) ? '' : '#'
  return pointer + separator + within
}

/**
 * Moves a sentence that names the first error, or is the first error without a place. Others stay unchanged.
 */
function moveSentence(sentence: string, was: FieldError | undefined, is: FieldError | undefined): string {
  if (was === undefined || is === undefined) return sentence
  if (sentence !== `${was.pointer || 'body'}: ${was.detail}` && sentence !== was.detail) return sentence
  return `${is.pointer.replace(/#$/, '') || 'body'}: ${is.detail}`
}

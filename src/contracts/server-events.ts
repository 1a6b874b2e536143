/**
 * Server-Sent Events (WHATWG HTML, section 9.2) out of a text that comes in pieces.
 * @module
 */

export interface ServerEvent {
  readonly id: string
  readonly type: string
  readonly data: string
}

/** Longest event, in UTF-16 code units. */
const LONGEST_EVENT = 2 ** 20

const LINE_END = /\r\n|\n|\r/

/** Takes pieces of any size. An event that breaks off before its empty line is dropped. */
export class ServerEvents {
  /** Comments so far. Servers send them so that a connection stays open. */
  comments = 0
  #line: string[] = []
  #length = 0
  #isAfterReturn = false
  #data: string[] = []
  #id = ''
  #type = '';

  /** @throws {RangeError} for an event of more than a mebibyte */
  *take(piece: string): Generator<ServerEvent> {
    const text = this.#isAfterReturn && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') this.#isAfterReturn = piece.endsWith('\r')
    const lines = text.split(LINE_END)
    const rest = lines.pop()!
    for (const line of lines) {
      const event = this.#end(this.#line.join('') + line)
      this.#line = []
      if (event !== null) yield event
    }
    if (rest !== '') this.#line.push(rest)
    this.#grow(rest.length)
  }

  /** The end of a line. @returns the event that it ends */
  #end(line: string): ServerEvent | null {
    this.#grow(line.length)
    if (line === '') return this.#dispatch()
    if (line.startsWith(':')) {
      this.comments++
      return null
    }
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') this.#data.push(value)
    else if (name === 'event') this.#type = value
    else if (name === 'id') this.#id = value
    return null
  }

  #dispatch(): ServerEvent | null {
    const event = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#data = []
    this.#type = ''
    this.#length = 0
    return isEmpty ? null : event
  }

  #grow(length: number): void {
    this.#length += length
    if (this.#length > LONGEST_EVENT) throw new RangeError(`an event is longer than ${LONGEST_EVENT} characters`)
  }
}

/** Events of a body. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const events = new ServerEvents()
  for await (const piece of body.pipeThrough(new TextDecoderStream())) yield* events.take(piece)
}

/**
 * Port of models in the isolate that answer: questions about a picture, statements about one or two, and what
 * is in a picture.
 * @module
 */
import type { ImageFacts, OnStage, PictureDomain } from './edge-model.ts'
import type { AnsweringManifest } from './fusion-manifest.ts'
import type { Model, ModelIdentityOf } from './model.ts'
import type { EnterTurn } from './turn.ts'
import type { TextWarning, Warning } from './warning.ts'

/** A picture as the model's transformer reads it: one row for the picture, one per thing. */
export interface SeenPicture {
  /** `count * width` numbers. */
  readonly rows: Float32Array
  readonly count: number
  readonly header: ImageFacts
  /** SHA-256 of the picture's bytes, in hex. */
  readonly sha256: string
  readonly domain: PictureDomain
  /** About the picture. */
  readonly warnings: readonly Warning[]
}

export interface AnswerCandidate {
  readonly answer: string
  readonly probability: number
}

export interface TextRead {
  /** Tokens fed to the model, special ones included. */
  readonly tokens: number
  readonly truncated: boolean
  readonly unknownTokens: number
  /** About the text. */
  readonly warnings: readonly TextWarning[]
}

export interface QuestionAnswer extends TextRead {
  /** All answers of the vocabulary, most probable first; equal ones in the vocabulary's order. */
  readonly candidates: readonly AnswerCandidate[]
}

export interface StatementVerdict extends TextRead {
  /** P(true), in [0, 1]. */
  readonly probability: number
  /** P(the text is a caption of the picture), in [0, 1]: the matching score. Learned from captions. */
  readonly match: number
}

/** A row of {@link SeenPicture}, as a reader calls it. */
export interface AttendedRow {
  /** Index of the picture. */
  readonly picture: number
  /** The most probable name; null for the row of a whole picture. */
  readonly name: string | null
  /** The most probable color, of a whole picture's ground. */
  readonly color: string
  /** Left, top, right, bottom, in shares of the picture's width and height. */
  readonly box: readonly [number, number, number, number]
}

export interface Attention {
  /** Tokens of the text, without the marks of word pieces; special ones are empty. */
  readonly tokens: readonly string[]
  readonly rows: readonly AttendedRow[]
  /**
   * By layer, from the first: the shares that each token, then each row, gives to each token and each row, a
   * mean over heads. Attention over the own kind and across sum to 1 each, where a layer has them.
   */
  readonly layers: readonly (readonly (readonly number[])[])[]
}

export interface CaptionCandidate {
  readonly caption: string
  /** Tokens, the last one (which ends the caption) included. */
  readonly tokens: number
  /** Natural logarithm of the probability of all tokens. */
  readonly logProbability: number
}

/**
 * A model that answers in the isolate. As a {@link Model} its output kind is `text`. Of `answer`, `judge` and
 * `describe` only those that its manifest's `skills` name may be called.
 */
export interface AnsweringModel extends Model {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly manifest: AnsweringManifest
  /** Waits until this model may be loaded. Enter before `look` and leave after the last answer. */
  readonly enter: EnterTurn
  /** @throws {Fault} if the picture cannot be used */
  look(bytes: Uint8Array, onStage?: OnStage): Promise<SeenPicture>
  /** @throws {Fault} if the text is too long to tokenize */
  answer(picture: SeenPicture, question: string, onStage?: OnStage): Promise<QuestionAnswer>
  /** @param pictures one, or left and right */
  judge(pictures: readonly SeenPicture[], statement: string, onStage?: OnStage): Promise<StatementVerdict>
  /**
   * Where the model looks as it reads a text: a run of its own.
   * @throws {Error} for a model whose manifest's graph has no attention
   */
  attend(pictures: readonly SeenPicture[], text: string): Promise<Attention>
  /** @returns one caption per beam, the best first. */
  describe(picture: SeenPicture, onStage?: OnStage): Promise<readonly CaptionCandidate[]>
}

/** The answering models of a deployment, shipped ones only. */
export interface AnsweringModels {
  list(tenant: string): Promise<readonly AnsweringModel[]>
  /** null if there is none with that id. */
  find(tenant: string, id: string): Promise<AnsweringModel | null>
}

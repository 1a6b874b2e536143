/**
 * Port of models in the isolate that answer: questions about a picture, and statements about one or two.
 * @module
 */
import type { ImageFacts, OnStage } from './edge-model.ts'
import type { FusionManifest } from './fusion-manifest.ts'
import type { Model, ModelIdentityOf } from './model.ts'

/** A picture as the model's transformer reads it: one row for the picture, one per thing. */
export interface SeenPicture {
  /** `count * width` numbers. */
  readonly rows: Float32Array
  readonly count: number
  readonly header: ImageFacts
  /** SHA-256 of the picture's bytes, in hex. */
  readonly sha256: string
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
}

export interface QuestionAnswer extends TextRead {
  /** All answers of the vocabulary, most probable first; equal ones in the vocabulary's order. */
  readonly candidates: readonly AnswerCandidate[]
}

export interface StatementVerdict extends TextRead {
  /** P(true), in [0, 1]. */
  readonly probability: number
}

/** A model that answers in the isolate. As a {@link Model} its output kind is `text`. */
export interface AnsweringModel extends Model {
  readonly identity: ModelIdentityOf<'edge_model'>
  readonly manifest: FusionManifest
  /** @throws {Fault} if the picture cannot be used */
  look(bytes: Uint8Array, onStage?: OnStage): Promise<SeenPicture>
  /** @throws {Fault} if the text is too long to tokenize */
  answer(picture: SeenPicture, question: string, onStage?: OnStage): Promise<QuestionAnswer>
  /** @param pictures one, or left and right */
  judge(pictures: readonly SeenPicture[], statement: string, onStage?: OnStage): Promise<StatementVerdict>
}

/** The answering models of a deployment, shipped ones only. */
export interface AnsweringModels {
  list(tenant: string): Promise<readonly AnsweringModel[]>
  /** null if there is none with that id. */
  find(tenant: string, id: string): Promise<AnsweringModel | null>
}

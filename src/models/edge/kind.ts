/**
 * The model kind `edge_model`: a model in the isolate, named by its id.
 * @module
 */
import { z } from 'zod'
import type { AnsweringModel, AnsweringModels } from '../../contracts/answering-model.ts'
import type { EdgeModels } from '../../contracts/edge-model.ts'
import { Fault, unprocessableField } from '../../contracts/failure.ts'
import type { AnsweringManifest } from '../../contracts/fusion-manifest.ts'
import type { TaskId } from '../../contracts/item.ts'
import { labelTemplates } from '../../contracts/label-prompts.ts'
import type { Model, ModelIdentityOf } from '../../contracts/model.ts'
import { type PromptTemplate, promptTemplate } from '../../contracts/prompt.ts'
import { id } from '../../contracts/wire/common.ts'
import { taskOf } from '../../tasks/registry.ts'
import { fillPrompt } from '../fill-prompt.ts'
import { type ModelKind, REFERENCE_POINTER } from '../model-kind.ts'
import type { RecordedKindParts } from '../recorded/kinds.ts'
import { captionsReference, openCaptions, resolveCaptions } from '../recorded/recorded-captions.ts'
import { requireLabels, TEMPLATES } from '../labels-of-run.ts'
import { requireReadable, skillField } from './fusion/conversation.ts'

type EdgeModelIdentity = ModelIdentityOf<'edge_model'>

export interface EdgeKindParts extends RecordedKindParts {
  readonly edgeModels: Pick<EdgeModels, 'find'>
  readonly answeringModels: Pick<AnsweringModels, 'find' | 'list'>
}

const reference = z
  .strictObject({
    type: z.literal('edge_model'),
    model: id.describe('Id of a model of `/v1/models`.'),
    templates: labelTemplates.optional().describe(TEMPLATES),
    captions: captionsReference.optional(),
    prompt: promptTemplate
      .optional()
      .describe(
        'For a model that answers, about items of your own shape: one message of the user with one text and one or two ' +
          'pictures, whose placeholders are `{{item.…}}`.',
      ),
    skill: skillField,
  })
  .describe('A model that runs in the Worker.')

export const edgeModelKind: ModelKind<EdgeKindParts, typeof reference, EdgeModelIdentity> = {
  reference,
  connect: ({ edgeModels, answeringModels, ...parts }) => ({
    async resolve({ tenant, dataset, reference: given, purpose }) {
      const { model: named, templates } = given
      const encoder = await edgeModels.find(tenant, named)
      const answering = encoder === null ? await answeringModels.find(tenant, named) : null
      const model = encoder ?? answering
      if (model === null)
        throw new Fault({
          kind: 'not_found',
          resource: 'model',
          id: named,
          pointer: `${REFERENCE_POINTER}/model`,
        })
      const { concurrency } = model
      if (purpose === 'embedder' && encoder === null)
        throw unprocessableField(`${REFERENCE_POINTER}/model`, `${named} answers and does not embed`)
      if (purpose !== 'embedder') requireLabels(dataset, templates, encoder?.manifest.embedding.dimensions)
      if (given.captions !== undefined && encoder === null)
        throw unprocessableField(`${REFERENCE_POINTER}/captions`, `are for a model that embeds; ${named} answers: leave them out`)
      if (answering === null && (given.prompt ?? given.skill) !== undefined)
        throw embedsOnly(named, await answeringModels.list(tenant))
      const captions = given.captions === undefined ? null : await resolveCaptions(parts, tenant, dataset, given.captions)
      const identity = {
        ...model.identity,
        ...(templates !== undefined && { templates }),
        ...(captions !== null && { captions: captions.identity }),
        ...(answering !== null && purpose === undefined && promptOfRun(answering.manifest, dataset.task, given)),
      }
      return {
        identity,
        concurrency,
        supports: answering !== null && purpose === 'grader' ? () => noGrader(named) : model.supports,
        dimensions: encoder?.manifest.embedding.dimensions,
        queue: 'edge',
        prepare: async () => captions?.prepare(),
      }
    },
    async open({ run, identity, range }) {
      const model =
        (await edgeModels.find(run.tenant, identity.model)) ?? (await answeringModels.find(run.tenant, identity.model))
      if (model === null || !isSameBuild(model.identity, identity))
        throw new Error(`run ${run.id} was planned for another build of model ${identity.model}`)
      const { templates, captions, prompt } = identity
      if (captions !== undefined) {
        const withCaptions = await openCaptions(parts, { run, range }, captions)
        return { ...withCaptions(model), identity }
      }
      if (prompt !== undefined) return askedByPrompt(model, identity, prompt)
      return templates === undefined ? model : { ...model, identity, run: (request) => model.run({ ...request, templates }) }
    },
  }),
}

/** The members of an identity that say how a model is asked about items of the user's own shape. */
function promptOfRun(
  { id: model, skills }: AnsweringManifest,
  task: TaskId,
  { prompt, skill }: Pick<z.output<typeof reference>, 'prompt' | 'skill'>,
): Pick<EdgeModelIdentity, 'prompt' | 'skill'> {
  if (task !== 'custom') {
    const member = prompt === undefined ? 'skill' : 'prompt'
    if ((prompt ?? skill) === undefined) return {}
    throw unprocessableField(
      `${REFERENCE_POINTER}/${member}`,
      `is for items of your own shape; items of ${task} say what is asked: leave it out`,
    )
  }
  if (skill !== undefined && !skills.some((own) => own === skill))
    throw unprocessableField(`${REFERENCE_POINTER}/skill`, `is nothing that ${model} does, which is ${skills.join(' or ')}`)
  taskOf(task).prompt?.check(prompt ?? '', `${REFERENCE_POINTER}/prompt`)
  requireReadable(prompt ?? '', { skills, skill }, REFERENCE_POINTER)
  return { ...(prompt !== undefined && { prompt }), ...(skill !== undefined && { skill }) }
}

function askedByPrompt(model: Model, identity: EdgeModelIdentity, template: PromptTemplate): Model {
  const { skill } = identity
  return {
    ...model,
    identity,
    async run(request) {
      const { prompt } = taskOf(request.item.task)
      if (prompt === null) throw new Error(`the plan should have refused a prompt for ${request.item.task}`)
      return model.run({ ...request, messages: fillPrompt(request.item, prompt, template), skill })
    },
  }
}

function embedsOnly(model: string, others: readonly AnsweringModel[]): Fault {
  const names = [...others.map(({ manifest }) => manifest.id), 'a model at an endpoint']
  return unprocessableField(`${REFERENCE_POINTER}/model`, `${model} embeds and does not answer; use ${names.join(' or ')}`)
}

const noGrader = (model: string): string =>
  `${model} reads one question about a picture and follows no instructions; use an endpoint`

function isSameBuild(one: EdgeModelIdentity, other: EdgeModelIdentity): boolean {
  return (
    one.model_digest === other.model_digest &&
    one.preprocessing_digest === other.preprocessing_digest &&
    one.runtime === other.runtime
  )
}

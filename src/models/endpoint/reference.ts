/**
 * A run's reference to a model behind an endpoint.
 * @module
 */
import { z } from 'zod'
import { labelTemplates } from '../../contracts/label-prompts.ts'
import { promptTemplate } from '../../contracts/prompt.ts'
import { sampling } from '../../contracts/sampling.ts'
import { id } from '../../contracts/wire/common.ts'
import { TEMPLATES } from '../labels-of-run.ts'
import { captionsReference } from '../recorded/recorded-captions.ts'

export const endpointReference = z
  .strictObject({
    type: z.literal('endpoint'),
    endpoint: id.describe('Name of an endpoint that an administrator configured.'),
    model: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe('The model that the endpoint is asked for. Default: the model of the endpoint.'),
    revision: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe(
        'Revision of the model behind that name, such as a commit. It is not sent. It is part of the run’s specification, and ' +
          'stored answers of another revision are not used.',
      ),
    prompt: promptTemplate
      .optional()
      .describe(
        'How each item is asked: a text, or messages with `input_text` and `input_image`. `{{item.question}}` and ' +
          '`{{item.image}}` are replaced; docs/tasks.md lists the names of each task. Default: the prompt of the task. ' +
          'A text follows the pictures of the item; messages have the pictures they name.',
      ),
    sampling_params: sampling.optional(),
    templates: labelTemplates.optional().describe(`${TEMPLATES} Only for an endpoint of the kind embeddings.`),
    captions: captionsReference.optional(),
  })
  .describe('An external model server.')

export type EndpointReference = z.output<typeof endpointReference>

/**
 * From the data source of a request to the dataset version and the model of a run.
 * @module
 */
import type { NewVersion } from '../../../../contracts/catalogue-ports.ts'
import type { DatasetVersion } from '../../../../contracts/dataset.ts'
import { at } from '../../../../contracts/failure-pointer.ts'
import { unprocessableField } from '../../../../contracts/failure.ts'
import { itemPages } from '../../../../contracts/item-pages.ts'
import type { PromptTemplate } from '../../../../contracts/prompt.ts'
import type { EvalRecord } from '../../../../contracts/records.ts'
import { edgeSampling } from '../../../../models/edge/fusion/conversation.ts'
import type { ModelReference } from '../../../../models/registry.ts'
import { type CheckItem, itemChecker } from '../../../../tasks/custom/item-schema.ts'
import type { CustomItem } from '../../../../tasks/custom/item.ts'
import type { Services } from '../../../app-context.ts'
import { taskOfConfig } from '../../evals/data-source-config.ts'
import { check } from '../../../check.ts'
import { namedModel } from '../../../named-model.ts'
import { readItems } from './read-items.ts'
import { samplingOf } from './sampling-params.ts'
import type { AnsweredDataSource, AskedSource, DataSource, DatasetSource, ItemsSource } from './schema.ts'

export interface ResolvedSource {
  /** Its id is empty until it is stored. */
  readonly version: DatasetVersion
  readonly reference: ModelReference
  /** Places of the model's members in this kind of request, by their places in a `subject`. */
  readonly pointers: Readonly<Record<string, string>>
  readonly limit: number | undefined
  /** Stores the version, unless it is. Called once the plan is accepted. */
  store(): Promise<{ readonly datasetId: string; readonly dataSource: AnsweredDataSource }>
}

/** The model of a jsonl source, as runs show it. */
const SAMPLES: ModelReference = { type: 'samples', name: 'jsonl' }

/** @throws {Fault} naming the field of the request */
export async function resolveSource(
  services: Services,
  tenant: string,
  evaluation: EvalRecord,
  source: DataSource,
): Promise<ResolvedSource> {
  const { dataSourceConfig: config } = evaluation
  if (source.type === 'dataset') return fromDataset(services, tenant, config, source)
  if (config.type === 'dataset')
    throw unprocessableField(
      '/data_source/type',
      `the eval is for ${config.task} datasets; give a data source of type "dataset", or make an eval of type "custom"`,
    )
  const isJudged = source.type === 'jsonl' || source.model == null
  const fresh = await readItems(services, tenant, evaluation, source.source, {
    check: config.type === 'custom' ? itemChecker(config.itemSchema) : () => undefined,
    samples: isJudged ? 'kept' : 'left_out',
    metadata: (config.type === 'custom' ? null : config.metadata) ?? {},
  })
  const reference = source.type === 'jsonl' || isJudged ? samplesOf(source) : await askedModel(services, tenant, source)
  const { source: items } = source
  return {
    version: unstored(fresh),
    reference,
    pointers: {
      '/data_source/subject/prompt': '/data_source/input_messages',
      '/data_source/subject/skill': '/data_source/skill',
      '/data_source/subject': '/data_source/model',
    },
    limit: undefined,
    async store() {
      const { version } = await services.datasets.put(fresh)
      const shown = items.type === 'file_content' ? { type: items.type, content: [] } : items
      const dataset = `${version.datasetId}@${version.digest}`
      return { datasetId: version.datasetId, dataSource: { ...source, source: shown, dataset } }
    },
  }
}

/** @throws {Fault} `unprocessable` for messages without a model that gets them */
function samplesOf(source: Exclude<DataSource, DatasetSource>): ModelReference {
  if (source.type !== 'jsonl' && source.input_messages != null)
    throw unprocessableField(
      '/data_source/model',
      'is missing: input_messages are for a model; without them the samples are judged',
    )
  if (source.type !== 'jsonl' && source.skill !== undefined)
    throw unprocessableField('/data_source/skill', 'is for an edge model; without a model the samples are judged')
  const { type } = source.source
  return type === 'file_content' || type === 'file_id' ? SAMPLES : { type: 'samples', name: source.source.model ?? type }
}

async function askedModel(services: Services, tenant: string, source: AskedSource): Promise<ModelReference> {
  const { input_messages: messages, model, sampling_params: given, skill } = source
  const sampling = samplingOf(given)
  const prompt = promptOf(source.source, messages)
  const reference = await namedModel(services, tenant, model!, { prompt, skill, sampling }, '/data_source/model')
  if (reference.type === 'edge_model') at('/data_source/sampling_params', () => check(edgeSampling, sampling))
  else if (skill !== undefined)
    throw unprocessableField('/data_source/skill', 'is for an edge model; the messages say what a model at an endpoint is asked')
  return reference
}

/** A stored completion is asked again as it was asked, unless the run says otherwise. */
function promptOf({ type }: ItemsSource, messages: AskedSource['input_messages']): PromptTemplate {
  if (messages != null) return messages.type === 'template' ? messages.template : `{{${messages.item_reference}}}`
  if (type === 'stored_completions' || type === 'responses') return '{{item.input}}'
  throw unprocessableField('/data_source/input_messages', 'is missing: it says how the model is asked about each item')
}

async function fromDataset(
  services: Services,
  tenant: string,
  config: EvalRecord['dataSourceConfig'],
  source: DatasetSource,
): Promise<ResolvedSource> {
  const version = await at('/data_source/dataset', () => services.datasets.find(tenant, source.dataset))
  const task = taskOfConfig(config)
  if (version.task !== task)
    throw unprocessableField('/data_source/dataset', `the eval is for ${task} datasets; this one is ${version.task}`)
  if (config.type === 'custom')
    await at('/data_source/dataset', () => checkStored(services, version, source.limit, itemChecker(config.itemSchema)))
  return {
    version,
    reference: source.subject,
    pointers: {},
    limit: source.limit,
    store: async () => ({ datasetId: version.datasetId, dataSource: source }),
  }
}

/** Most stored items that a request checks against a schema. */
const MOST_CHECKED = 20_000

async function checkStored(
  services: Services,
  version: DatasetVersion,
  limit: number | undefined,
  check: CheckItem,
): Promise<void> {
  const count = Math.min(limit ?? version.items, version.items)
  if (count > MOST_CHECKED)
    throw unprocessableField(
      '',
      `a run checks at most ${MOST_CHECKED} items against the item_schema, this has ${count}; give a limit`,
    )
  const reader = await services.datasets.open(version.tenant, version.datasetId, version.digest)
  for await (const page of itemPages(reader, count))
    for (const item of page) {
      const fault = check((item as CustomItem).item)
      if (fault !== undefined) throw unprocessableField('', `item ${item.id}${fault.pointer}: ${fault.detail}`)
    }
}

const unstored = ({ orderedItems: _items, columns: _columns, imageDigests: _digests, ...facts }: NewVersion): DatasetVersion => ({
  ...facts,
  datasetId: '',
  createdAt: 0,
})

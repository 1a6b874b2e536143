/**
 * The kinds of datasets that `bench -- quality` knows.
 * @module
 */
import { classification } from './classification.ts'
import type { DatasetKind } from './dataset-kind.ts'
import { nlvr } from './nlvr.ts'
import { retrieval } from './retrieval.ts'

export const DATASET_KINDS: readonly DatasetKind[] = [retrieval, classification, nlvr]

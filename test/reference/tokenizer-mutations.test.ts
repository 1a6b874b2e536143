/**
 * The tokenizer without each of its rules in turn: a committed golden line notices.
 * @module
 */
import { expectGoldenSetsNotice } from './mutation-suite.ts'

expectGoldenSetsNotice('tokenizer')

/**
 * Each quirk of the official programs, broken in turn: a committed golden set notices.
 * @module
 */
import { expectGoldenSetsNotice } from './mutation-suite.ts'

expectGoldenSetsNotice('metrics')

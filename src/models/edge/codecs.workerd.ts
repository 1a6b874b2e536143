/**
 * The image decoders in a Worker: precompiled modules.
 * @module
 */
import jpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm'
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm'
import { createCodecs } from '../../media/codecs.ts'

export const workerCodecs = createCodecs({ jpeg, webp })

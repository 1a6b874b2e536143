/**
 * The models shipped inside the Worker. A new model is one entry here and one folder in `models/`.
 * @module
 */
import assayClipManifest from '../../../models/assay-clip/manifest.json'
import assayClipText from '../../../models/assay-clip/text.int8.onnx'
import assayClipTokenizer from '../../../models/assay-clip/tokenizer.json'
import assayClipVision from '../../../models/assay-clip/vision.int8.onnx'
import type { ModelFiles } from './model-files.ts'

export const BUNDLED_MODELS: readonly ModelFiles[] = [
  {
    manifest: assayClipManifest,
    vision: new Uint8Array(assayClipVision),
    text: new Uint8Array(assayClipText),
    // TypeScript sees JSON. `wrangler.toml` bundles the bytes, so that they can be hashed.
    tokenizer: new Uint8Array(assayClipTokenizer as unknown as ArrayBuffer),
  },
]

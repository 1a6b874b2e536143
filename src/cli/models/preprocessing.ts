/**
 * `preprocessor_config.json` to the manifest's image preprocessing. Unsupported settings are refused by name,
 * never approximated.
 * @module
 */
import type { ImagePreprocessing } from '../../contracts/model-manifest.ts'
import { Refusal } from './refusal.ts'

type Sides = number | { readonly height?: number; readonly width?: number; readonly shortest_edge?: number }

/** Members used by CLIP's and SigLIP's processors. */
export interface PreprocessorConfig {
  readonly do_resize?: boolean
  readonly size?: Sides
  readonly resample?: number | string
  readonly do_center_crop?: boolean
  readonly crop_size?: Sides
  readonly do_rescale?: boolean
  readonly rescale_factor?: number
  readonly do_normalize?: boolean
  readonly image_mean?: readonly number[]
  readonly image_std?: readonly number[]
  readonly do_pad?: boolean | null
  readonly do_convert_rgb?: boolean | null
}

/** Pillow's numbers and names of filters. */
const FILTERS: Readonly<Record<string, ImagePreprocessing['filter']>> = {
  2: 'bilinear',
  3: 'bicubic',
  bilinear: 'bilinear',
  bicubic: 'bicubic',
}

/** @throws {Refusal} naming the member */
export function imagePreprocessingOf(config: PreprocessorConfig): ImagePreprocessing {
  const refuse = (member: string, why: string): never => {
    throw new Refusal(`preprocessor_config.json: ${member} ${why}`)
  }
  if (config.do_resize === false) refuse('do_resize', 'is false, and pictures come in any size')
  if (config.do_pad) refuse('do_pad', 'is true, which Assay does not support')
  const filter =
    FILTERS[config.resample ?? 3] ?? refuse('resample', `is ${config.resample}; 2 (bilinear) and 3 (bicubic) are done here`)
  const triple = (member: string, values: readonly number[] | undefined, otherwise: number): [number, number, number] => {
    if (config.do_normalize === false) return [otherwise, otherwise, otherwise]
    if (values?.length !== 3 || !values.every((value) => typeof value === 'number'))
      refuse(member, `${values === undefined ? 'is missing; it ' : ''}must be three numbers`)
    return [...values!] as [number, number, number]
  }
  const factor = config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255)
  return {
    ...geometry(config, refuse),
    pad_color: [0, 0, 0],
    filter,
    rescale_factor: factor,
    mean: triple('image_mean', config.image_mean, 0),
    std: triple('image_std', config.image_std, 1),
    alpha: 'drop',
    exif_orientation: true,
  }
}

function geometry(
  { size, do_center_crop: crops, crop_size: cropSize }: PreprocessorConfig,
  refuse: (member: string, why: string) => never,
): Pick<ImagePreprocessing, 'size' | 'fit' | 'shortest_edge'> {
  const square = (member: string, sides: Sides | undefined): number => {
    const [height, width] = typeof sides === 'number' ? [sides, sides] : [sides?.height, sides?.width]
    if (!Number.isInteger(height) || height !== width)
      refuse(member, `${sides === undefined ? 'is missing' : `is ${JSON.stringify(sides)}`}; a square of whole pixels is needed`)
    return height!
  }
  // A bare number is the shortest edge if a crop follows (CLIP's old form), otherwise both edges.
  const edge = typeof size === 'number' && crops === true ? size : typeof size === 'object' ? size.shortest_edge : undefined
  if (edge === undefined) {
    const side = square('size', size)
    if (crops === true && square('crop_size', cropSize) !== side)
      refuse('crop_size', 'differs from a size that ignores the aspect, which Assay does not support')
    return { size: side, fit: 'stretch' }
  }
  if (crops !== true) refuse('do_center_crop', 'is not true, and a picture whose shortest edge fits is seldom square')
  const side = square('crop_size', cropSize)
  return { size: side, fit: 'cover', ...(edge === side ? {} : { shortest_edge: edge }) }
}

/**
 * Two pictures for a probe: 64 × 64 pixels of one colour, which every vision model accepts.
 * @module
 */
import { fromBase64 } from '../../../contracts/base64.ts'
import type { Picture } from '../stored-picture.ts'

const picture = (base64: string): Picture => ({ mediaType: 'image/png', bytes: fromBase64(base64)! })

export const RED = picture(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsAtx/ZMZxgi+hcEKLNO+FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywKqxUDxqh7TUQAAAABJRU5ErkJggg==',
)
export const BLUE = picture(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsAtx/ZMZxgi+hcEKLO28FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywKpTkDxtnpV5wAAAABJRU5ErkJggg==',
)

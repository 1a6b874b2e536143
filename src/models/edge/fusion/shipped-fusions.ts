/**
 * Manifests of the models that answer and ship with a deployment. A new one is a folder in `models/`, a
 * manifest in this list, and a link to each file in `public/models/`.
 * @module
 */
import assayCaption from '../../../../models/assay-caption/manifest.json'
import assayLxmert from '../../../../models/assay-lxmert/manifest.json'
import assayVilbert from '../../../../models/assay-vilbert/manifest.json'
import assayVisualbert from '../../../../models/assay-visualbert/manifest.json'

/** In list order. */
export const SHIPPED_FUSION_MANIFESTS: readonly unknown[] = [assayLxmert, assayVisualbert, assayVilbert, assayCaption]

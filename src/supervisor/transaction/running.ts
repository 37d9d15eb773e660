import type { Configuration } from '../config/schema.js';
import type { KeptDocument } from './memory.js';

/** A valid document as it runs. */
export interface Running extends KeptDocument {
  readonly configuration: Configuration;
}

/** A child in place of the one that speaks Firmata, which takes no bytes and does nothing. */
import { serveHelper } from '../../../dist/transports/helpers/serve.js';

serveHelper(() => ({ handle: () => new Promise(() => {}) }));

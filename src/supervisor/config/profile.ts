/** Vendor profiles as the configuration's check sees them. */
import type { PanelProfile } from '../../protocols/panel-profile.js';
import type { TemplateProfile } from '../../protocols/template-profile.js';

/** A vendor profile: its `protocol` says what it is for. */
export type BoardProfile = PanelProfile | TemplateProfile;

/** Finds a vendor profile by its name; `undefined` where there is none, a text where it is not valid. */
export type FindProfile = (name: string) => BoardProfile | string | undefined;

/** Vendor profiles as the configuration's check sees them. */
import type { DeviceConfig } from '../../devices/kind.js';
import type { PanelProfile } from '../../protocols/panel-profile.js';
import type { TemplateProfile } from '../../protocols/template-profile.js';

/** A vendor profile: its `protocol` says what it is for. */
export type BoardProfile = PanelProfile | TemplateProfile;

/** Finds a vendor profile by its name; `undefined` where there is none, a text where it is not valid. */
export type FindProfile = (name: string) => BoardProfile | string | undefined;

/** Why a profile can't serve a device of `protocol`, if it can't. */
export function profileProblem(profile: ReturnType<FindProfile>, protocol: string): string | undefined {
  if (profile === undefined) return 'there is no such profile in config/profiles';
  if (typeof profile === 'string') return profile;
  if (profile.protocol === protocol) return undefined;
  return `this profile is for protocol ${profile.protocol}, expected one for ${protocol}`;
}

/** The profile that a device names, where there is a valid one. */
export function profileOf({ profile }: DeviceConfig, findProfile: FindProfile): BoardProfile | undefined {
  const found = typeof profile === 'string' ? findProfile(profile) : undefined;
  return typeof found === 'object' ? found : undefined;
}

/** Words that the reports and the commands of configuration share. */

/** What a configuration did to a device. */
export const deviceOutcomes = ['kept', 'started', 'restarted', 'stopped'] as const;
/** Where the running document comes from. */
export const documentSources = ['file', 'hub'] as const;

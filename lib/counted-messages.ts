// Log messages that metric filters of the stack count (lib/stack/alarms.ts), so that alarms watch them.

/** Of `consume`: a record can never be processed. */
export const RECORD_REJECTED = 'record rejected';
/** Of `provision`: a deployment goes on although its topics could not be checked. */
export const TOPICS_NOT_CHECKED = 'topics not checked';

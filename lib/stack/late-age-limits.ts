import { RECORD_AGE_SECONDS } from '../mapping/properties.ts';
import type { Consumer } from './consumers.ts';

/**
 * Record age limits of events that are not less than the retention of their topic. The topic would remove records before the
 * mapping gives them up, which no metric counts.
 *
 * @returns one sentence for each
 */
export function lateAgeLimits(consumers: readonly Consumer[]): string[] {
  return consumers.flatMap(({ functionName, topic, declaration, retentionSeconds: retention }) => {
    const { maximumRecordAgeSeconds: age } = declaration;
    if (retention === undefined || age < retention || age <= RECORD_AGE_SECONDS.minimum) return [];
    const path = `functions.${functionName}.events.msk.maximumRecordAgeInSeconds`;
    return [
      `${path}: ${age} is not less than the retention of ${topic}, ${retention} s; give less, or leave it out`,
    ];
  });
}

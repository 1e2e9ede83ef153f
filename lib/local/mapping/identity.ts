import { createHash } from 'node:crypto';
import type { EventSourceMappingDeclaration } from '../../mapping/declaration.ts';

/** Namespace of the name-based UUIDs below: RFC 9562, section 6.6, the one for URLs. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/**
 * The UUID of a mapping. AWS draws one when a mapping is created, and creates a new mapping when one of the properties
 * below changes; deriving it from them gives the same effect, across restarts. Without `consumerGroupId` it is also the
 * consumer group.
 */
export function mappingUuid(declaration: EventSourceMappingDeclaration): string {
  const { functionName, kind, eventSourceArn, topic, startingPosition, startingPositionTimestampMs } =
    declaration;
  const name = [
    functionName,
    kind,
    eventSourceArn,
    topic,
    startingPosition,
    startingPositionTimestampMs,
  ].join('\n');
  const hash = createHash('sha1').update(URL_NAMESPACE).update(name).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6); // version 5
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8); // variant of RFC 9562
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
